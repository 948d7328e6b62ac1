using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Brings this replica and its peers to parity: digests first, heads when they differ, then runs of entries.</summary>
/// <remarks>Owns no entry: it asks the timeline what there is and hands what arrives to <see cref="RoomReplica"/>.</remarks>
internal sealed class RoomSync(RoomTimeline timeline, RoomOutbox outbox, OwnLog own)
{
    private readonly Dictionary<Bytes32, ulong> _delivered = [];
    private readonly Dictionary<Bytes32, int> _stalled = [];
    private readonly Dictionary<int, SyncPeer> _peers = [];
    private Bytes32 _deliveredLog;

    public IReadOnlyCollection<SyncPeer> Peers => _peers.Values;

    /// <summary>Whether anybody of the room is there.</summary>
    public bool HasCompany
    {
        get
        {
            foreach (SyncPeer peer in _peers.Values)
            {
                if (peer.IsGreeted) return true;
            }

            return false;
        }
    }

    /// <summary>When a WANT must be repeated.</summary>
    public MonotonicTime? NextTimeout
    {
        get
        {
            MonotonicTime? next = null;
            foreach (SyncPeer peer in _peers.Values)
                foreach (OpenWant want in peer.Wants.Values) next = MonotonicTime.Earliest(next, want.Deadline);
            return next;
        }
    }

    public SyncPeer Add(int session, Bytes32 account, Bytes32 device) => _peers[session] = new SyncPeer(session, account, device);

    public SyncPeer? Find(int session) => _peers.GetValueOrDefault(session);

    public void Remove(int session, MonotonicTime now)
    {
        if (_peers.Remove(session, out SyncPeer? gone) && gone.Wants.Count > 0) RequestMissing(now);
    }

    public void Greet(SyncPeer peer)
    {
        peer.IsGreeted = true;
        peer.HasFrontier = false;
        outbox.Send(peer.Session, new SyncMessage.Hello(timeline.Room, timeline.Digest, []));
    }

    /// <summary>Takes a message about who holds what.</summary>
    public void Handle(SyncPeer peer, SyncMessage message, MonotonicTime now)
    {
        switch (message)
        {
            case SyncMessage.Hello m:
                if (!peer.IsGreeted) Greet(peer);
                HandleHello(peer, m, now);
                break;
            case SyncMessage.Frontier m:
                HandleFrontier(peer, m, now);
                break;
            case SyncMessage.Want m:
                HandleWant(peer, m);
                break;
            case SyncMessage.Ack m:
                Learn(peer, m.Heads, now);
                break;
        }
    }

    public void HandleHello(SyncPeer peer, SyncMessage.Hello hello, MonotonicTime now)
    {
        Learn(peer, hello.Changed, now);
        if (hello.Digest == timeline.Digest)
            Learn(peer, [.. timeline.Heads], now);
        else
            SendFrontier(peer);
    }

    /// <summary>Takes the peer's heads. Who has not told its own yet does so now: the peer's HELLO may have come before this replica knew it as a member.</summary>
    public void HandleFrontier(SyncPeer peer, SyncMessage.Frontier frontier, MonotonicTime now)
    {
        Learn(peer, frontier.Heads, now);
        if (!peer.HasFrontier && timeline.Heads.Any(head => head.Sequence > peer.HeldOf(head.Log))) SendFrontier(peer);
    }

    /// <summary>Notes how far a peer is, and asks for what it holds and we do not.</summary>
    public void Learn(SyncPeer peer, IReadOnlyList<LogHead> heads, MonotonicTime now)
    {
        foreach (LogHead head in heads)
        {
            if (IsPlausible(head) && peer.Learn(head) && head.Log == own.Id) RaiseDelivered(peer.Account, head.Sequence);
        }

        RequestMissing(now);
    }

    /// <summary>Sends runs that follow the peer's head, until its window is used up.</summary>
    /// <param name="peer">Who asks.</param>
    /// <param name="want">For what.</param>
    /// <param name="end">The last entry that it may have, when that is not the log's last.</param>
    public void HandleWant(SyncPeer peer, SyncMessage.Want want, ulong? end = null)
    {
        MemberLog? log = timeline.Find(want.From.Log);
        ulong last = Math.Min(end ?? ulong.MaxValue, log?.Head.Sequence ?? 0);
        if (log is null || want.From.Sequence >= last) return;
        if (want.From.Sequence > 0 && log.Find(want.From.Sequence)!.Hash != want.From.Hash) return;

        // Whoever gets these must be able to show a removed member what led to its removal without anything later.
        HashSet<ulong> cuts = [.. timeline.Membership.Endings.Where(ending => ending.Type == EntryType.Remove).Select(removal => removal.KnownOf(log))];
        long limit = Math.Min(want.Limit, SyncLimits.WantWindow);
        ulong next = want.From.Sequence + 1;
        long sent = 0;
        while (sent < limit && next <= last)
        {
            List<LogEntry> run = TakeRun(log, next, last, cuts);
            if (run.Count == 0) return;
            EntryBytes[] bytes = [.. run.Select(entry => new EntryBytes(entry.HeaderBytes, entry.Payload))];
            outbox.Send(peer.Session, new SyncMessage.Entries(timeline.Room, log.Id, bytes, run[^1].Signature!.Value));
            sent += run.Sum(entry => (long)entry.Size);
            next += (ulong)run.Count;
        }
    }

    /// <summary>Notes that a run has come, and asks on when the window is used up.</summary>
    public void HandleRunStored(SyncPeer peer, Bytes32 log, long size, MonotonicTime now)
    {
        if (peer.Wants.TryGetValue(log, out OpenWant? want))
        {
            want.Received += size;
            want.Deadline = now + ProgressTimeout;
            if (want.Received >= SyncLimits.WantWindow) peer.Wants.Remove(log);
        }

        RequestMissing(now);
    }

    /// <summary>Tells the peers that this replica holds more now. The outbox keeps it back until that is durable.</summary>
    public void Announce(IReadOnlyCollection<Bytes32> changedLogs)
    {
        if (changedLogs.Count == 0) return;
        LogHead[] heads = [.. changedLogs.Select(log => timeline.Find(log)!.Head)];
        foreach (SyncPeer peer in _peers.Values)
        {
            if (peer.IsGreeted) outbox.Send(peer.Session, new SyncMessage.Ack(timeline.Room, heads));
        }
    }

    /// <summary>The peer's account is out, or ours. It is told that its last entries have come, or that we know that we were removed. Then it is as if it had just come.</summary>
    public SyncPeer Dismiss(SyncPeer peer)
    {
        AcknowledgeOwn(peer);
        return Add(peer.Session, peer.Account, peer.Device);
    }

    /// <summary>Tells a peer how much of its own log is held here; or of all logs, when we were removed: so it sees that we hold the REMOVE with all that led to it.</summary>
    public void AcknowledgeOwn(SyncPeer peer)
    {
        MembershipView members = timeline.Membership;
        bool isRemoved = members.IsAdded(peer.Account) && timeline.Find(own.Id) is { Join: not null } log
            && !members.Logs.Contains(own.Id) && members.EndingOf(log.Account) is { Type: EntryType.Remove };
        LogHead[] heads = [.. timeline.Logs.Where(log => isRemoved || log.Account == peer.Account).Select(log => log.Head)];
        if (heads.Length > 0) outbox.Send(peer.Session, new SyncMessage.Ack(timeline.Room, heads));
    }

    /// <summary>Whether somebody else who is in the room holds this device's log up to its end.</summary>
    public bool IsOwnLogKnown() => timeline.Find(own.Id) is { } log
        && _peers.Values.Any(peer => peer.Account != log.Account && timeline.Membership.IsAdded(peer.Account) && peer.HeldOf(own.Id) >= log.Head.Sequence);

    public void HandleTimeout(MonotonicTime now)
    {
        foreach (SyncPeer peer in _peers.Values)
        {
            foreach (Bytes32 late in peer.Wants.Where(want => want.Value.Deadline <= now).Select(want => want.Key).ToArray())
            {
                peer.Wants.Remove(late);
                _stalled[late] = peer.Session;
            }
        }

        RequestMissing(now);
    }

    /// <summary>Asks one peer for each log of which somebody holds more than we do.</summary>
    public void RequestMissing(MonotonicTime now)
    {
        foreach (SyncPeer peer in _peers.Values)
        {
            foreach (LogHead theirs in peer.Heads)
            {
                LogHead ours = timeline.Find(theirs.Log)?.Head ?? new LogHead(theirs.Log, 0, default);
                if (peer.Wants.TryGetValue(theirs.Log, out OpenWant? open) && open.Target <= ours.Sequence) peer.Wants.Remove(theirs.Log);
                if (theirs.Sequence <= ours.Sequence || _peers.Values.Any(other => other.Wants.ContainsKey(theirs.Log))) continue;
                SyncPeer asked = ChooseFor(ours) ?? peer;
                asked.Wants.Add(theirs.Log, new OpenWant { Deadline = now + ProgressTimeout, Target = asked.HeldOf(theirs.Log) });
                outbox.Send(asked.Session, new SyncMessage.Want(timeline.Room, ours, SyncLimits.WantWindow));
            }
        }
    }

    /// <summary>Somebody who holds more of the log and was not the last to leave us waiting for it.</summary>
    private SyncPeer? ChooseFor(LogHead ours)
    {
        int stalled = _stalled.GetValueOrDefault(ours.Log);
        foreach (SyncPeer peer in _peers.Values)
        {
            if (peer.Session != stalled && peer.HeldOf(ours.Log) > ours.Sequence) return peer;
        }

        return null;
    }

    private void SendFrontier(SyncPeer peer)
    {
        peer.HasFrontier = true;
        outbox.Send(peer.Session, new SyncMessage.Frontier(timeline.Room, [.. timeline.Heads]));
    }

    /// <summary>Entries from one on, up to the last within the limits that carries a signature, or up to a cut that does.</summary>
    private static List<LogEntry> TakeRun(MemberLog log, ulong from, ulong last, HashSet<ulong> cuts)
    {
        List<LogEntry> run = [];
        int signed = 0;
        long size = 0;
        for (ulong sequence = from; sequence <= last && run.Count < SyncLimits.MaxRunEntries && log.Find(sequence) is { } entry; sequence++)
        {
            size += entry.Size;
            if (run.Count > 0 && size > SyncLimits.MaxRunSize) break;
            run.Add(entry);
            if (entry.Signature is null) continue;
            signed = run.Count;
            if (cuts.Contains(sequence)) break;
        }

        return run[..signed];
    }

    /// <summary>A head that contradicts what we hold belongs to a forked log, of which we keep our branch.</summary>
    private bool IsPlausible(LogHead head) => timeline.Find(head.Log)?.Find(head.Sequence) is not { } held || held.Hash == head.Hash;

    private void RaiseDelivered(Bytes32 account, ulong upTo)
    {
        MemberLog log = timeline.Find(own.Id)!;
        if (log.Account == account) return;
        if (_deliveredLog != own.Id) _delivered.Clear();
        _deliveredLog = own.Id;
        for (ulong sequence = _delivered.GetValueOrDefault(account) + 1; sequence <= upTo && log.Find(sequence) is { } entry; sequence++)
        {
            _delivered[account] = sequence;
            // Who came later holds the entry too, and never reads it.
            if (entry.Header.Type == EntryType.Message && timeline.IsFor(entry, account)) outbox.Raise(new RoomEvent.Delivered(account, entry.Hash));
        }
    }

    private static readonly TimeSpan ProgressTimeout = TimeSpan.FromSeconds(3);
}
