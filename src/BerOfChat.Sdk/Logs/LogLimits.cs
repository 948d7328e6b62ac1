namespace BerOfChat.Logs;

/// <summary>How large the parts of a log may be.</summary>
internal static class LogLimits
{
    /// <summary>The largest header, and the largest payload, in bytes.</summary>
    public const int MaxPartSize = 61_440;

    /// <summary>The most dependencies of an entry.</summary>
    public const int MaxDependencies = 256;

    /// <summary>How many operations on members an ADD, REMOVE or ROLE may have in its past; the next is refused.</summary>
    public const int MaxOperations = 4_096;

    /// <summary>Integers from here on cannot be told apart by every language, so none is valid.</summary>
    public const ulong FirstUnsafeInteger = 1UL << 53;

    /// <summary>The first wall time, in unix milliseconds, that is not valid.</summary>
    public const ulong FirstInvalidWallTime = 1UL << 48;

    /// <summary>The longest message in bytes of UTF-8.</summary>
    public const int MaxMessageSize = 32 * 1024;

    /// <summary>The longest title in bytes of UTF-8.</summary>
    public const int MaxTitleSize = 256;
}
