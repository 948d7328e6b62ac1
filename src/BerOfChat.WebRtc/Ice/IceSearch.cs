using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Ice;

/// <summary>How long a path is looked for, and how often everything is tried again.</summary>
/// <remarks>A patient search is one whose peer may learn of us much later. Its agent may answer all the same; only its nomination shows that it knows us.</remarks>
internal sealed class IceSearch(IceAgentOptions options)
{
    private MonotonicTime? _since;
    private MonotonicTime? _nextRound;
    private bool _wasNominated;

    /// <summary>Whether the peer may still be without our description.</summary>
    public bool AwaitsNomination => IsPatient && !_wasNominated;

    /// <summary>Consent, which a path that was never used does not need.</summary>
    public TimeSpan FailedAfter => AwaitsNomination ? options.SearchFor : options.ConsentTimeout;

    /// <summary>When, as long as there is no path, something is due.</summary>
    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(_since + options.SearchFor, _nextRound);

    /// <summary>When everything is to be checked again.</summary>
    public MonotonicTime? NextRound => _nextRound;

    private bool IsPatient => options.SearchFor > IceAgentOptions.DefaultFailedAfter;

    public void Begin(MonotonicTime now)
    {
        _since = now;
        Resume(now);
    }

    /// <summary>The first check of a pair: an ordinary search counts from the last one.</summary>
    public void NoteCheck(MonotonicTime now)
    {
        if (!IsPatient) _since = now;
    }

    /// <summary>From now on, until a pair is chosen, everything that did not answer is tried again and again: the peer may not know yet where we are, and our address may change.</summary>
    public void Resume(MonotonicTime now) => _nextRound = now + options.SearchRound;

    public void NoteNomination() => _wasNominated = true;

    public bool IsOver(MonotonicTime now) => _since + options.SearchFor <= now;

    /// <summary>Whether all pairs are to be checked again now.</summary>
    public bool TryTakeRound(MonotonicTime now)
    {
        if (_nextRound is not { } due || due > now) return false;
        _nextRound = now + options.SearchRound;
        return true;
    }
}
