namespace BerOfChat.Primitives;

/// <summary>A point in time on a clock that never goes back, as the time since its owner was born.</summary>
/// <remarks>Cores take it as an argument, so that one step sees one time, and so that tests and logs begin at zero. It cannot be turned into wall time.</remarks>
internal readonly record struct MonotonicTime(TimeSpan SinceStart) : IComparable<MonotonicTime>
{
    /// <summary>The moment of birth.</summary>
    public static MonotonicTime Zero => default;

    public static MonotonicTime operator +(MonotonicTime time, TimeSpan delay) => new(time.SinceStart + delay);

    public static TimeSpan operator -(MonotonicTime later, MonotonicTime earlier) => later.SinceStart - earlier.SinceStart;

    public static bool operator <(MonotonicTime left, MonotonicTime right) => left.SinceStart < right.SinceStart;

    public static bool operator >(MonotonicTime left, MonotonicTime right) => left.SinceStart > right.SinceStart;

    public static bool operator <=(MonotonicTime left, MonotonicTime right) => left.SinceStart <= right.SinceStart;

    public static bool operator >=(MonotonicTime left, MonotonicTime right) => left.SinceStart >= right.SinceStart;

    /// <summary>The earlier of two deadlines, of which either may be absent.</summary>
    public static MonotonicTime? Earliest(MonotonicTime? left, MonotonicTime? right) =>
        left is { } l && right is { } r ? (l < r ? l : r) : left ?? right;

    public int CompareTo(MonotonicTime other) => SinceStart.CompareTo(other.SinceStart);

    public override string ToString() => SinceStart.TotalSeconds.ToString("F6", System.Globalization.CultureInfo.InvariantCulture);
}
