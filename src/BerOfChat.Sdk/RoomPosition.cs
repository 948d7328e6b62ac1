namespace BerOfChat;

/// <summary>A place in the messages of one room on one device, to read on from. Positions of another device mean nothing here.</summary>
/// <param name="Value">How many messages come before; 0 is the start.</param>
public readonly record struct RoomPosition(ulong Value) : IComparable<RoomPosition>
{
    /// <summary>Before the first message.</summary>
    public static RoomPosition Start => default;

    /// <inheritdoc/>
    public int CompareTo(RoomPosition other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> comes first.</summary>
    public static bool operator <(RoomPosition left, RoomPosition right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> comes later.</summary>
    public static bool operator >(RoomPosition left, RoomPosition right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> does not come later.</summary>
    public static bool operator <=(RoomPosition left, RoomPosition right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> does not come first.</summary>
    public static bool operator >=(RoomPosition left, RoomPosition right) => left.Value >= right.Value;
}
