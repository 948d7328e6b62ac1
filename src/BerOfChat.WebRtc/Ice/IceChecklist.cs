using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Ice;

/// <summary>The candidates of both sides, the pairs they form, best first, and which of them is to be checked next.</summary>
internal sealed class IceChecklist(int maxPairs, int maxRemotes)
{
    /// <summary>So many direct pairs are checked for one that is relayed.</summary>
    private const int MaxDirectInRow = 3;

    private readonly List<IceLocalCandidate> _locals = [];
    private readonly List<IceCandidate> _remotes = [];
    private readonly List<IceCandidatePair> _pairs = [];
    private readonly List<IceCandidatePair> _triggered = [];
    private int _directInRow;

    public IReadOnlyList<IceCandidatePair> Pairs => _pairs;

    public IReadOnlyList<IceLocalCandidate> Locals => _locals;

    public IReadOnlyList<IceCandidate> Remotes => _remotes;

    public IceCandidatePair? Find(IceRoute route)
    {
        foreach (IceCandidatePair pair in _pairs)
        {
            if (pair.Route == route) return pair;
        }

        return null;
    }

    public IceCandidatePair? Find(StunTransactionId transaction) => _pairs.Find(p => p.Transmissions > 0 && p.Transaction == transaction);

    /// <summary>The best pair that has answered not longer than <paramref name="fresh"/> ago: a direct one before one by a relay, and of one kind the faster, unless that is too close to tell.</summary>
    public IceCandidatePair? FindBestValid(MonotonicTime now, TimeSpan fresh)
    {
        IceCandidatePair? best = null;
        foreach (IceCandidatePair pair in _pairs)
        {
            if (pair.State != IcePairState.Succeeded || now - pair.LastAnswer >= fresh) continue;
            if (best is null || (best.IsRelayed && !pair.IsRelayed) || (best.IsRelayed == pair.IsRelayed && pair.IsFasterThan(best))) best = pair;
        }

        return best;
    }

    /// <summary>Whether there are sockets of ours that may be used for direct paths.</summary>
    public bool HasHosts => _locals.Exists(l => l.Candidate.Type == IceCandidateType.Host);

    /// <summary>Grows with each address of the peer that becomes known.</summary>
    public int RemoteVersion { get; private set; }

    /// <summary>How many checks are waiting or under way: the more there are, the more patient each has to be.</summary>
    public int ActiveCount => _pairs.Count(p => p.State is IcePairState.Waiting or IcePairState.InProgress);

    public void AddLocal(IceLocalCandidate local, bool isControlling)
    {
        _locals.Add(local);
        if (!local.IsBase) return;
        foreach (IceCandidate remote in _remotes) Add(local, remote, isControlling);
    }

    /// <summary>The candidate of a socket, or of an allocation at a relay.</summary>
    public IceLocalCandidate? FindBase(int socketId) => _locals.Find(l => l.IsBase && l.SocketId == socketId);

    /// <summary>Whether its address is one of ours already. A relay that was started anew may give the same address again, which is another one all the same.</summary>
    public bool HasLocal(IceLocalCandidate local) => _locals.Exists(l => l.Address == local.Address && (local.Candidate.Type != IceCandidateType.Relay || l.SocketId == local.SocketId));

    /// <summary>The name under which a STUN server knows a socket; null when the address is not one of those.</summary>
    public IceLocalCandidate? FindReflexive(int socketId, TransportAddress mapped) => _locals.Find(l => !l.IsBase && l.SocketId == socketId && l.Address == mapped);

    /// <summary>Adds a candidate of the peer and its pairs. False when there are too many already.</summary>
    public bool TryAddRemote(IceCandidate candidate, bool isControlling)
    {
        int known = _remotes.FindIndex(r => r.Address == candidate.Address);
        if (known >= 0)
        {
            // What we had learnt from a check now has its real type and priority.
            if (_remotes[known].Type != IceCandidateType.PeerReflexive) return true;
            foreach (IceCandidatePair pair in _pairs)
            {
                if (pair.Remote == _remotes[known]) pair.Remote = candidate;
            }

            _remotes[known] = candidate;
            ComputePriorities(isControlling);
            return true;
        }

        if (_remotes.Count >= maxRemotes) return false;
        _remotes.Add(candidate);
        RemoteVersion++;
        foreach (IceLocalCandidate local in _locals)
        {
            if (local.IsBase) Add(local, candidate, isControlling);
        }

        return true;
    }

    /// <summary>The pair that an authenticated check came over. An address that nobody signalled is learnt from it (RFC 8445 section 7.3.1.3).</summary>
    public IceCandidatePair? FindOrLearn(IceRoute route, uint priority, bool isControlling, IceCandidatePair? inUse)
    {
        if (Find(route) is { } known) return known;
        if (FindBase(route.SocketId) is not { } local) return null;
        if (!_remotes.Exists(r => r.Address == route.Remote) && _remotes.Count >= maxRemotes) ForgetOldestLearnt(inUse);
        if (!_remotes.Exists(r => r.Address == route.Remote)
            && !TryAddRemote(new IceCandidate($"prflx{_remotes.Count}", priority, route.Remote, IceCandidateType.PeerReflexive), isControlling))
        {
            return null;
        }

        return Find(route) ?? (_remotes.Find(r => r.Address == route.Remote) is { } remote ? Add(local, remote, isControlling) : null);
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

        return TakeWaiting() ?? _pairs.Find(p => p.State == IcePairState.InProgress && p.NextTransmission <= now);
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

    /// <summary>Adds a pair unless the two cannot reach each other, the pair exists, or the list is full.</summary>
    private IceCandidatePair? Add(IceLocalCandidate local, IceCandidate remote, bool isControlling)
    {
        if (local.Address.IsIPv6 != remote.Address.IsIPv6 || local.Address.IsLoopback != remote.Address.IsLoopback) return null;
        IceCandidatePair pair = new(local, remote);
        if (_pairs.Count >= maxPairs || Find(pair.Route) is not null) return null;
        pair.ComputePriority(isControlling);
        _pairs.Add(pair);
        Sort();
        return pair;
    }

    // Two with many addresses each have so many direct pairs that the relayed ones, which come last, would wait for seconds.
    private IceCandidatePair? TakeWaiting()
    {
        IceCandidatePair? first = _pairs.Find(p => p.State == IcePairState.Waiting);
        if (first is null or { IsRelayed: true } || ++_directInRow < MaxDirectInRow) return first;
        _directInRow = 0;
        return _pairs.Find(p => p.State == IcePairState.Waiting && p.IsRelayed) ?? first;
    }

    // A peer behind a door that changes its number again and again must not run out of numbers.
    private void ForgetOldestLearnt(IceCandidatePair? inUse)
    {
        int oldest = _remotes.FindIndex(r => r.Type == IceCandidateType.PeerReflexive && r != inUse?.Remote);
        if (oldest < 0) return;
        IceCandidate forgotten = _remotes[oldest];
        _remotes.RemoveAt(oldest);
        _pairs.RemoveAll(p => p.Remote == forgotten);
        _triggered.RemoveAll(p => p.Remote == forgotten);
    }

    private void Sort() => _pairs.Sort((a, b) => b.Priority.CompareTo(a.Priority));
}
