using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Brings this replica and its peers to parity: digests first, heads when they differ, then runs of entries.</summary>
/// <remarks>Owns no entry: it asks the timeline what there is and hands what arrives to <see cref="RoomReplica"/>.</remarks>
internal sealed class RoomSync(RoomTimeline timeline, RoomOutbox outbox, Bytes32 ownLog)
{
    private readonly Dictionary<Bytes32, ulong> _delivered = [];
    private readonly Dictionary<int, SyncPeer> _peers = [];

    public IReadOnlyCollection<SyncPeer> Peers => _peers.Values;

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
        outbox.Send(peer.Session, new SyncMessage.Hello(timeline.Room, timeline.Digest, []));
    }

    public void HandleHello(SyncPeer peer, SyncMessage.Hello hello, MonotonicTime now)
    {
        Learn(peer, hello.Changed, now);
        if (hello.Digest == timeline.Digest)
            Learn(peer, [.. timeline.Heads], now);
        else
            outbox.Send(peer.Session, new SyncMessage.Frontier(timeline.Room, [.. timeline.Heads]));
    }

    /// <summary>Notes how far a peer is, and asks for what it holds and we do not.</summary>
    public void Learn(SyncPeer peer, IReadOnlyList<LogHead> heads, MonotonicTime now)
    {
        foreach (LogHead head in heads)
        {
            if (IsPlausible(head) && peer.Learn(head) && head.Log == ownLog) RaiseDelivered(peer.Account, head.Sequence);
        }

        RequestMissing(now);
    }

    /// <summary>Sends runs that follow the peer's head, until its window is used up.</summary>
    public void HandleWant(SyncPeer peer, SyncMessage.Want want)
    {
        MemberLog? log = timeline.Find(want.From.Log);
        if (log is null || want.From.Sequence >= log.Head.Sequence) return;
        if (want.From.Sequence > 0 && log.Find(want.From.Sequence)!.Hash != want.From.Hash) return;

        long sent = 0;
        ulong next = want.From.Sequence + 1;
        long limit = Math.Min(want.Limit, SyncLimits.WantWindow);
        while (sent < limit && next <= log.Head.Sequence)
        {
            List<LogEntry> run = TakeRun(log, next);
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

    public void HandleTimeout(MonotonicTime now)
    {
        foreach (SyncPeer peer in _peers.Values)
        {
            foreach (Bytes32 late in peer.Wants.Where(want => want.Value.Deadline <= now).Select(want => want.Key).ToArray()) peer.Wants.Remove(late);
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
                if (theirs.Sequence <= ours.Sequence)
                {
                    peer.Wants.Remove(theirs.Log);
                    continue;
                }

                if (_peers.Values.Any(other => other.Wants.ContainsKey(theirs.Log))) continue;
                peer.Wants.Add(theirs.Log, new OpenWant { Deadline = now + ProgressTimeout });
                outbox.Send(peer.Session, new SyncMessage.Want(timeline.Room, ours, SyncLimits.WantWindow));
            }
        }
    }

    /// <summary>Entries from one on, up to the last within the limits that carries a signature.</summary>
    private static List<LogEntry> TakeRun(MemberLog log, ulong from)
    {
        List<LogEntry> run = [];
        int signed = 0;
        long size = 0;
        for (ulong sequence = from; run.Count < SyncLimits.MaxRunEntries && log.Find(sequence) is { } entry; sequence++)
        {
            size += entry.Size;
            if (run.Count > 0 && size > SyncLimits.MaxRunSize) break;
            run.Add(entry);
            if (entry.Signature is not null) signed = run.Count;
        }

        return run[..signed];
    }

    /// <summary>A head that contradicts what we hold belongs to a forked log, of which we keep our branch.</summary>
    private bool IsPlausible(LogHead head) => timeline.Find(head.Log)?.Find(head.Sequence) is not { } held || held.Hash == head.Hash;

    private void RaiseDelivered(Bytes32 account, ulong upTo)
    {
        MemberLog own = timeline.Find(ownLog)!;
        if (own.Account == account) return;
        for (ulong sequence = _delivered.GetValueOrDefault(account) + 1; sequence <= upTo && own.Find(sequence) is { } entry; sequence++)
        {
            _delivered[account] = sequence;
            if (entry.Header.Type == EntryType.Message) outbox.Raise(new RoomEvent.Delivered(account, entry.Hash));
        }
    }

    private static readonly TimeSpan ProgressTimeout = TimeSpan.FromSeconds(3);
}
