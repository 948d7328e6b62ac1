using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>The day (UTC) by which topics are named, and when to look at the wall clock again: at midnight, and every ten minutes in case it was set.</summary>
internal sealed class SignalingDay
{
    private MonotonicTime _nextLook;

    public SignalingDay(long unixSeconds) => Look(MonotonicTime.Zero, unixSeconds);

    /// <summary>Unix seconds / 86,400; 1 at least, so that there is a day before.</summary>
    public uint Number { get; private set; }

    public MonotonicTime NextTimeout => _nextLook;

    /// <summary>Whether another day has begun.</summary>
    public bool HandleTimeout(MonotonicTime now, long unixSeconds)
    {
        if (now < _nextLook) return false;
        uint before = Number;
        Look(now, unixSeconds);
        return Number != before;
    }

    private void Look(MonotonicTime now, long unixSeconds)
    {
        long seconds = Math.Clamp(unixSeconds, SecondsPerDay, (uint.MaxValue - 1L) * SecondsPerDay);
        TimeSpan rest = TimeSpan.FromSeconds(SecondsPerDay - (seconds % SecondsPerDay));
        _nextLook = now + (rest < s_interval ? rest : s_interval);
        Number = (uint)(seconds / SecondsPerDay);
    }

    private const long SecondsPerDay = 86_400;

    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(10);
}
