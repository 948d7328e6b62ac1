namespace BerOfChat.WebRtc.Sctp;

/// <summary>Where a fragment stands among those of its stream: the number of its message, and its place. Within a message places are consecutive.</summary>
/// <param name="Message">The number of the message; 0 for all unordered messages of DATA chunks, which have none.</param>
/// <param name="Index">The TSN of a DATA chunk, the fragment's number within its message of an I-DATA chunk.</param>
internal readonly record struct FragmentPosition(long Message, long Index) : IComparable<FragmentPosition>
{
    public FragmentPosition Previous => new(Message, Index - 1);

    public FragmentPosition Next => new(Message, Index + 1);

    /// <summary>Behind all fragments of a message.</summary>
    public static FragmentPosition EndOf(long message) => new(message, long.MaxValue);

    public int CompareTo(FragmentPosition other) => Message != other.Message ? Message.CompareTo(other.Message) : Index.CompareTo(other.Index);

    // The peer chooses the numbers: they are mixed with a secret of the process, so that it cannot choose ones that collide.
    public override int GetHashCode() => HashCode.Combine(Message, Index);
}
