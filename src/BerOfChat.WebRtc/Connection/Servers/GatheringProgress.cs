using BerOfChat.Primitives;
using BerOfChat.WebRtc.Ice.Gathering;

namespace BerOfChat.WebRtc.Connection.Servers;

/// <summary>Decides when gathering is called complete: for who sends one description with all candidates, nothing that is dead may take long, and nothing that is alive may be missing.</summary>
internal sealed class GatheringProgress
{
    private MonotonicTime? _startedAt;
    private MonotonicTime _lastSign;
    private bool _hasSucceeded;

    public bool IsComplete { get; private set; }

    /// <summary>When it is complete even if nothing more happens.</summary>
    public MonotonicTime? Deadline { get; private set; }

    /// <summary>All our sockets are open: from now on the servers have their time.</summary>
    public void Start(MonotonicTime now)
    {
        _startedAt ??= now;
        NoteSign(now);
    }

    /// <summary>A server has shown that it is alive.</summary>
    public void NoteSign(MonotonicTime now) => _lastSign = now;

    /// <summary>A server has done what it was asked for.</summary>
    public void NoteSuccess(MonotonicTime now)
    {
        _hasSucceeded = true;
        NoteSign(now);
    }

    /// <param name="isPending">Whether something is still awaited.</param>
    /// <param name="now">The time.</param>
    public void Update(bool isPending, MonotonicTime now)
    {
        if (IsComplete || _startedAt is not { } started) return;
        MonotonicTime last = started + IceServerLimits.MaxGatheringTime;
        Deadline = _hasSucceeded ? MonotonicTime.Earliest(last, _lastSign + IceServerLimits.Grace) : last;
        if (isPending && now < Deadline) return;
        IsComplete = true;
        Deadline = null;
    }
}
