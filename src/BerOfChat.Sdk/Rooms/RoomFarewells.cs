using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Devices that are out and may not know it yet. To one whose account was removed the room ends at the REMOVE: it may ask for that and what its author knew, and for nothing else.</summary>
/// <remarks>Why it is given all of that past and not less: docs/decisions/0009-told-of-a-removal.md.</remarks>
internal sealed class RoomFarewells(RoomTimeline timeline, RoomSync sync, RoomOutbox outbox, OwnLog own)
{
    /// <summary>For how many removed devices is waited at a time: those that were removed last.</summary>
    public const int MaxDevices = 8;

    /// <summary>How long after a REMOVE its devices are waited for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);

    /// <summary>How long a session with a removed device lasts; what was told in it need not be told in the next.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HashSet<(Bytes32 Log, Bytes32 Removal)> _told = [];

    /// <summary>When the first of the sessions with removed devices has lasted long enough.</summary>
    public MonotonicTime? NextTimeout
    {
        get
        {
            MonotonicTime? next = null;
            foreach (SyncPeer peer in sync.Peers) next = MonotonicTime.Earliest(next, peer.FarewellUntil);
            return next;
        }
    }

    private bool IsJoined => timeline.Membership.Logs.Contains(own.Id);

    /// <summary>The agreement keys of removed devices that have not shown yet that they know.</summary>
    /// <param name="wall">The wall clock in Unix milliseconds. A REMOVE of more than a day ahead of it is none of the last thirty days.</param>
    public IEnumerable<Bytes32> DevicesAt(ulong wall)
    {
        if (!IsJoined) return [];
        return timeline.Logs.Where(log => log.Join is not null && !timeline.Membership.Logs.Contains(log.Id)).Select(log => log.Author.Certificate.DeviceAgreement).Distinct()
            .Select(device => (Device: device, Log: NewestLogOf(device)!))
            .Select(removed => (removed.Device, removed.Log, Removal: RemovalOf(removed.Log.Account, removed.Device)))
            .Where(removed => removed.Removal is { } removal && IsRecent(removal, wall) && !_told.Contains((removed.Log.Id, removal.Hash)))
            .OrderByDescending(removed => removed.Removal!.Order)
            .Take(MaxDevices)
            .Select(removed => removed.Device);
    }

    /// <summary>A session has opened, or the peer's account is out since just now.</summary>
    public void Begin(SyncPeer peer, MonotonicTime now)
    {
        if (IsJoined && RemovalOf(peer.Account, peer.Device) is not null) peer.FarewellUntil = now + Limit;
    }

    /// <summary>Tells a removed device how far the room goes for it.</summary>
    public void Tell(SyncPeer peer)
    {
        if (IsJoined && RemovalOf(peer.Account, peer.Device) is { } removal) outbox.Send(peer.Session, new SyncMessage.Frontier(timeline.Room, HeadsAt(removal)));
    }

    /// <summary>Takes a message of a peer to whom nothing else is said. False when it was not removed.</summary>
    public bool TryHear(SyncPeer peer, SyncMessage message, MonotonicTime now)
    {
        if (!IsJoined) return false;
        if (RemovalOf(peer.Account, peer.Device) is not { } removal)
        {
            // The acknowledgement of a LEAVE was lost. It speaks of the peer's own log only.
            if (message is SyncMessage.Hello && timeline.Membership.EndingOf(peer.Account) is { Type: EntryType.Leave }) sync.AcknowledgeOwn(peer);
            return false;
        }

        switch (message)
        {
            case SyncMessage.Hello:
                if (peer.FarewellUntil is null) Begin(peer, now);
                Tell(peer);
                break;
            case SyncMessage.Frontier frontier:
                NoteTold(peer, frontier.Heads);
                break;
            case SyncMessage.Ack ack:
                NoteTold(peer, ack.Heads);
                break;
            case SyncMessage.Want want when timeline.Find(want.From.Log) is { } log:
                sync.HandleWant(peer, want, LastAt(removal, log));
                break;
        }

        return true;
    }

    public void HandleTimeout(MonotonicTime now)
    {
        foreach (SyncPeer peer in sync.Peers)
        {
            if (peer.FarewellUntil is not { } until || until > now) continue;
            peer.FarewellUntil = null;
            outbox.Raise(new RoomEvent.VisitOver(peer.Session));
        }
    }

    /// <summary>The REMOVE by which a device is out: of several the earliest, for a later one may know what was written in between. Null when it is in, or out for another reason.</summary>
    private RoomOperation? RemovalOf(Bytes32 account, Bytes32 device) =>
        timeline.Membership.IsAdded(account) ? null : RemovalsOf(account, device).MinBy(removal => (removal.Order, removal.Hash));

    /// <summary>The REMOVEs that ended the newest log of a device; or all of its account, for the JOIN of a device may never have come here.</summary>
    private IEnumerable<RoomOperation> RemovalsOf(Bytes32 account, Bytes32 device)
    {
        MemberLog? log = NewestLogOf(device);
        return timeline.Membership.Endings.Where(ending => ending.Type == EntryType.Remove && ending.Target == account && (log is null || log.Join!.IsEndedBy(ending)));
    }

    private MemberLog? NewestLogOf(Bytes32 device) => timeline.Logs.Where(log => log.Join is not null && log.Author.Certificate.DeviceAgreement == device)
        .MaxBy(log => (log.Join!.Order, log.Join.Hash));

    /// <summary>Who holds a REMOVE and everything that its author knew has applied it.</summary>
    private void NoteTold(SyncPeer peer, IReadOnlyList<LogHead> heads)
    {
        Dictionary<Bytes32, ulong> held = [];
        foreach (LogHead head in heads) held[head.Log] = head.Sequence;
        bool knows = RemovalsOf(peer.Account, peer.Device).Any(removal => timeline.Logs.All(log => held.GetValueOrDefault(log.Id) >= removal.KnownOf(log)));
        if (knows && NewestLogOf(peer.Device) is { } log) _told.Add((log.Id, RemovalOf(peer.Account, peer.Device)!.Hash));
    }

    private static bool IsRecent(RoomOperation removal, ulong wall) =>
        removal.WallTime <= wall + MaxAhead && wall < removal.WallTime + (ulong)LongestWait.TotalMilliseconds;

    private LogHead[] HeadsAt(RoomOperation removal)
    {
        List<LogHead> heads = [];
        foreach (MemberLog log in timeline.Logs)
        {
            ulong last = LastAt(removal, log);
            if (last > 0) heads.Add(new LogHead(log.Id, last, log.Find(last)!.Hash));
        }

        return [.. heads];
    }

    /// <summary>The last entry of a log that the author of a REMOVE knew and that can be shown without a later one: a run ends in a signature.</summary>
    private static ulong LastAt(RoomOperation removal, MemberLog log)
    {
        ulong last = removal.KnownOf(log);
        while (last > 0 && log.Find(last)?.Signature is null) last--;
        return last;
    }

    private const ulong MaxAhead = 24 * 60 * 60 * 1000;
}
