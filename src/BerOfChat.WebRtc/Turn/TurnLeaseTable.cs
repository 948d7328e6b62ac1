using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Turn;

/// <summary>All permissions, or all channels, of one allocation.</summary>
/// <remarks>They are kept to the end, so no channel number ever means another peer: RFC 8656 section 12 forbids that for five minutes after a channel's end.</remarks>
internal sealed class TurnLeaseTable(int limit)
{
    private readonly Dictionary<TransportAddress, TurnLease> _byPeer = [];
    private readonly List<TurnLease> _all = [];

    /// <summary>When the server is to be asked for the next one.</summary>
    public MonotonicTime? NextDue { get; private set; }

    public int Count => _all.Count;

    public bool IsFull => _all.Count >= limit;

    public TurnLease? Find(TransportAddress key) => _byPeer.GetValueOrDefault(key);

    /// <summary>In the order in which they were added; null beyond the end.</summary>
    public TurnLease? FindAt(int index) => (uint)index < (uint)_all.Count ? _all[index] : null;

    public void Add(TransportAddress key, TurnLease lease)
    {
        _byPeer.Add(key, lease);
        _all.Add(lease);
    }

    public void Schedule(TurnLease lease, MonotonicTime? due)
    {
        lease.Due = due;
        ComputeNext();
    }

    /// <summary>Takes one that is due; it is not due any more.</summary>
    public bool TryTakeDue(MonotonicTime now, out TurnLease lease)
    {
        lease = null!;
        if (NextDue is not { } next || next > now) return false;
        lease = _all.First(candidate => candidate.Due <= now);
        Schedule(lease, null);
        return true;
    }

    /// <summary>A new allocation knows nothing of them: all are to be asked for.</summary>
    public void StartAnew(MonotonicTime now)
    {
        foreach (TurnLease lease in _all) (lease.State, lease.Due) = (TurnLeaseState.Wanted, now);
        ComputeNext();
    }

    /// <summary>The server has not answered, or wants other credentials: all that it has not refused for good are to be asked for again.</summary>
    public void RenewAll(MonotonicTime now)
    {
        foreach (TurnLease lease in _all)
        {
            if (lease.State != TurnLeaseState.Refused) lease.Due = now;
        }

        ComputeNext();
    }

    private void ComputeNext()
    {
        MonotonicTime? next = null;
        foreach (TurnLease lease in _all) next = MonotonicTime.Earliest(next, lease.Due);
        NextDue = next;
    }
}
