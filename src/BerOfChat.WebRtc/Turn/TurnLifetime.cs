using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Turn;

/// <summary>How long an allocation lives, and when it is to be refreshed (RFC 8656 section 8).</summary>
internal sealed class TurnLifetime(TurnClientOptions options)
{
    private static readonly TimeSpan s_default = TimeSpan.FromMinutes(10);

    /// <summary>When the server forgets the allocation.</summary>
    public MonotonicTime? End { get; private set; }

    /// <summary>When to ask for more; null while that is being done.</summary>
    public MonotonicTime? RefreshDue { get; private set; }

    /// <summary>What the server grants; ten minutes when it does not say.</summary>
    public static TimeSpan Read(StunMessage response) => response.TryGetUInt32(StunAttributeType.Lifetime, out uint seconds) ? TimeSpan.FromSeconds(seconds) : s_default;

    /// <summary>A life begins, or goes on.</summary>
    /// <param name="granted">How long it is.</param>
    /// <param name="askedAt">When it was asked for: the server cannot have begun to count before.</param>
    /// <param name="now">The time.</param>
    public void Begin(TimeSpan granted, MonotonicTime askedAt, MonotonicTime now)
    {
        // Who grants less than we ask for is asked too late sometimes, and says that the allocation is lost.
        TimeSpan shortest = options.MinRefreshInterval * 2;
        TimeSpan life = granted < shortest ? shortest : granted > options.MaxLifetime ? options.MaxLifetime : granted;
        TimeSpan half = life / 2, marginal = life - options.RefreshMargin;
        End = askedAt + life;
        RefreshAt(now + (marginal > half ? marginal : half));
    }

    public void RefreshAt(MonotonicTime due) => RefreshDue = due;

    /// <summary>There is doubt whether the server knows the allocation: asks at once, unless that is being done.</summary>
    public void Hasten(MonotonicTime now)
    {
        if (RefreshDue > now) RefreshDue = now;
    }

    /// <summary>Whether a refresh is due; then it is not due any more.</summary>
    public bool TryTakeRefresh(MonotonicTime now)
    {
        if (RefreshDue is not { } due || due > now) return false;
        RefreshDue = null;
        return true;
    }
}
