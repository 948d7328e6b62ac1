using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Peers of which this replica has never heard: they may have come into the room while this device was away. They are asked for what shows that, and told nothing.</summary>
/// <remarks>To a stranger go only a HELLO whose digest is zero, so that it tells its heads, and WANT. Once its ADD and JOIN are applied it is a member like the others.</remarks>
internal sealed class RoomStrangers(RoomTimeline timeline, RoomSync sync, RoomOutbox outbox, OwnLog own)
{
    /// <summary>How many are heard at a time.</summary>
    public const int MaxCount = 8;

    /// <summary>How long a stranger has to show that it is a member.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>When the first of them has had its time.</summary>
    public MonotonicTime? NextTimeout
    {
        get
        {
            MonotonicTime? next = null;
            foreach (SyncPeer peer in sync.Peers) next = MonotonicTime.Earliest(next, peer.StrangerUntil);
            return next;
        }
    }

    /// <summary>Whether the peer has shown that its device is in the room.</summary>
    public bool HasShown(SyncPeer peer) => timeline.MemberLogs.Any(log => log.Author.Certificate.DeviceAgreement == peer.Device);

    /// <summary>Whether a device holds this device's JOIN, by what it has written or told.</summary>
    public bool IsKnownTo(Bytes32 device) =>
        timeline.Find(own.Id) is { } log
        && (timeline.MemberLogs.Any(other => other.Author.Certificate.DeviceAgreement == device && other.Applied is [.., { } last] && last.HasSeen(log, 1))
            || sync.Peers.Any(peer => peer.Device == device && peer.HeldOf(own.Id) > 0));

    /// <summary>Takes what shows who is in the room. Returns the run to store, if that is what came.</summary>
    public SyncMessage.Entries? Hear(SyncPeer peer, SyncMessage message, bool isMeeting, MonotonicTime now)
    {
        bool mayBeMember = isMeeting && timeline.Membership.EndingOf(peer.Account) is null;
        if (mayBeMember && message is SyncMessage.Hello && peer.StrangerUntil is null && sync.Peers.Count(other => other.StrangerUntil is not null) < MaxCount)
        {
            peer.StrangerUntil = now + Limit;
            outbox.Send(peer.Session, new SyncMessage.Hello(timeline.Room, Bytes32.Zero, []));
        }

        if (!isMeeting || peer.StrangerUntil is null) return null;
        switch (message)
        {
            case SyncMessage.Hello hello:
                sync.Learn(peer, hello.Changed, now);
                return null;
            case SyncMessage.Frontier frontier:
                sync.Learn(peer, frontier.Heads, now);
                return null;
            default:
                return message as SyncMessage.Entries;
        }
    }

    public void HandleTimeout(MonotonicTime now)
    {
        foreach (SyncPeer peer in sync.Peers)
        {
            if (peer.StrangerUntil is not { } until || until > now) continue;
            peer.StrangerUntil = null;
            outbox.Raise(new RoomEvent.VisitOver(peer.Session));
        }
    }
}
