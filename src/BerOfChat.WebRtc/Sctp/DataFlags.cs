namespace BerOfChat.WebRtc.Sctp;

/// <summary>The flags of a DATA chunk.</summary>
[Flags]
internal enum DataFlags : byte
{
    None = 0,
    End = 1,
    Begin = 2,
    Unordered = 4,

    /// <summary>The sender asks for a SACK at once (RFC 7053).</summary>
    Immediate = 8,
}

internal static class DataFlagsExtensions
{
    /// <summary>As <see cref="Enum.HasFlag"/>, which allocates until the compiler has optimized its caller.</summary>
    public static bool Has(this DataFlags flags, DataFlags wanted) => (flags & wanted) == wanted;
}
