using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>Growing pauses between failures: first, 2·first, 4·first, … up to a limit, each ± 25 %.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan limit, IRandomSource random)
{
    private int _failures;

    public TimeSpan Next()
    {
        TimeSpan delay = first * (1 << _failures);
        if (delay < limit) _failures++;
        else delay = limit;
        return Jitter(delay, random);
    }

    public void Reset() => _failures = 0;

    /// <summary>A delay ± 25 %, so that those who failed together do not return together.</summary>
    public static TimeSpan Jitter(TimeSpan delay, IRandomSource random) => delay * (0.75 + (random.NextFraction() / 2));
}
