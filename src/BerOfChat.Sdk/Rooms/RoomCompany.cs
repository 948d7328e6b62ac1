using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Decides what to say to whom of those with whom there is a session: members are greeted, strangers asked who they are, the removed told that they are, and others hear nothing.</summary>
internal sealed class RoomCompany(RoomTimeline timeline, RoomSync sync, RoomOutbox outbox, OwnLog own, RoomStanding standing)
{
    private readonly RoomStrangers _strangers = new(timeline, sync, outbox, own);
    private readonly RoomFarewells _farewells = new(timeline, sync, outbox, own);

    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(_strangers.NextTimeout, _farewells.NextTimeout);

    /// <summary>Whether this device looks for the others: it is in the room, or has left and nobody knows of it yet.</summary>
    public bool IsMeeting => standing.IsJoined || standing.IsLeaving;

    /// <summary>Whether a device is known to know this one: otherwise it must be knocked for.</summary>
    public bool IsKnownTo(Bytes32 device) => _strangers.IsKnownTo(device);

    /// <summary>Devices that were removed and may not know it yet: they are waited for like members.</summary>
    public IEnumerable<Bytes32> RemovedDevices(ReplicaTime time) => _farewells.DevicesAt(time.Wall);

    public void HandleSessionOpened(int session, Bytes32 account, Bytes32 device, MonotonicTime now) => _farewells.Begin(sync.Add(session, account, device), now);

    /// <summary>Returns what is to be taken of a message: of a member all, of others mostly nothing.</summary>
    public SyncMessage? Hear(SyncPeer peer, SyncMessage message, MonotonicTime now)
    {
        if (Speaks(peer)) return message;
        return _farewells.TryHear(peer, message, now) ? null : _strangers.Hear(peer, message, IsMeeting, now);
    }

    /// <summary>Greets who is in the room, and has nothing more to say to who is not, but that it was removed.</summary>
    public void Review()
    {
        foreach (SyncPeer peer in sync.Peers.ToArray())
        {
            bool isAllowed = Speaks(peer);
            if (isAllowed && !peer.IsGreeted) sync.Greet(peer);
            if (!isAllowed && peer.IsGreeted) _farewells.Tell(sync.Dismiss(peer));
        }
    }

    public void HandleTimeout(MonotonicTime now)
    {
        _strangers.HandleTimeout(now);
        _farewells.HandleTimeout(now);
    }

    /// <summary>Whether there is anything to say to the peer, and its device has shown that it is in the room if it had to.</summary>
    private bool Speaks(SyncPeer peer) => standing.IsAllowed(peer.Account) && (peer.StrangerUntil is null || _strangers.HasShown(peer));
}
