namespace BerOfChat.Primitives;

/// <summary>Reads a <see cref="MonotonicTime"/> from a <see cref="TimeProvider"/>. Shells have one; cores are given the time.</summary>
internal sealed class MonotonicClock(TimeProvider timeProvider)
{
    private readonly long _start = timeProvider.GetTimestamp();

    public MonotonicTime Now => new(timeProvider.GetElapsedTime(_start));
}
