using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Ice;

/// <summary>All pairs, best first, and which of them is to be checked next.</summary>
internal sealed class IceChecklist(int maxPairs)
{
    private readonly List<IceCandidatePair> _pairs = [];
    private readonly List<IceCandidatePair> _triggered = [];

    public IReadOnlyList<IceCandidatePair> Pairs => _pairs;

    public IceCandidatePair? Find(IceRoute route) => _pairs.Find(p => p.Route == route);

    public IceCandidatePair? Find(StunTransactionId transaction) => _pairs.Find(p => p.Transmissions > 0 && p.Transaction == transaction);

    /// <summary>The best pair that has answered not longer than <paramref name="fresh"/> ago.</summary>
    public IceCandidatePair? FindBestValid(MonotonicTime now, TimeSpan fresh) => _pairs.Find(p => p.State == IcePairState.Succeeded && now - p.LastAnswer < fresh);

    /// <summary>Adds a pair unless the two cannot reach each other, the pair exists, or the list is full.</summary>
    public IceCandidatePair? Add(IceLocalCandidate local, IceCandidate remote, bool isControlling)
    {
        if (local.Address.IsIPv6 != remote.Address.IsIPv6 || local.Address.IsLoopback != remote.Address.IsLoopback) return null;
        IceCandidatePair pair = new(local, remote);
        if (_pairs.Count >= maxPairs || Find(pair.Route) is not null) return null;
        pair.ComputePriority(isControlling);
        _pairs.Add(pair);
        Sort();
        return pair;
    }

    /// <summary>A check of this pair goes before all others (RFC 8445 section 7.3.1.4).</summary>
    public void Trigger(IceCandidatePair pair)
    {
        pair.State = IcePairState.Waiting;
        if (!_triggered.Contains(pair)) _triggered.Add(pair);
    }

    public void ComputePriorities(bool isControlling)
    {
        foreach (IceCandidatePair pair in _pairs) pair.ComputePriority(isControlling);
        Sort();
    }

    /// <summary>Everything that is not the pair in use starts anew.</summary>
    public void CheckAllAgain(IceCandidatePair? except)
    {
        foreach (IceCandidatePair pair in _pairs)
        {
            if (pair != except && pair.State != IcePairState.InProgress) pair.State = IcePairState.Waiting;
        }
    }

    /// <summary>The check that is due at <paramref name="now"/>, if any: triggered ones first, then new ones, then repetitions.</summary>
    public IceCandidatePair? TakeNext(MonotonicTime now)
    {
        if (_triggered.Count > 0)
        {
            IceCandidatePair pair = _triggered[0];
            _triggered.RemoveAt(0);
            return pair;
        }

        return _pairs.Find(p => p.State == IcePairState.Waiting) ?? _pairs.Find(p => p.State == IcePairState.InProgress && p.NextTransmission <= now);
    }

    /// <summary>When the next check is due, not counting the pace.</summary>
    public MonotonicTime? NextDue(MonotonicTime pace)
    {
        if (_triggered.Count > 0) return pace;
        MonotonicTime? due = null;
        foreach (IceCandidatePair pair in _pairs)
        {
            if (pair.State == IcePairState.Waiting) return pace;
            if (pair.State == IcePairState.InProgress) due = MonotonicTime.Earliest(due, pair.NextTransmission);
        }

        return due is { } d && d < pace ? pace : due;
    }

    private void Sort() => _pairs.Sort((a, b) => b.Priority.CompareTo(a.Priority));
}
