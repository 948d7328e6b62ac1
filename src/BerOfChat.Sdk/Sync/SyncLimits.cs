namespace BerOfChat.Sync;

/// <summary>How much one message, and one peer, may ask for.</summary>
internal static class SyncLimits
{
    /// <summary>The most logs of a room.</summary>
    public const int MaxHeads = 1_024;

    /// <summary>The most changed heads in HELLO.</summary>
    public const int MaxHelloHeads = 16;

    /// <summary>The most entries of a run.</summary>
    public const int MaxRunEntries = 64;

    /// <summary>A run takes no further entry beyond this many bytes of headers and payloads.</summary>
    public const int MaxRunSize = 64 * 1024;

    /// <summary>How many bytes a WANT leaves open.</summary>
    public const int WantWindow = 1024 * 1024;

    /// <summary>The most epochs in one KEY_WANT.</summary>
    public const int MaxKeyWants = 64;

    /// <summary>The most signaling addresses in JOINED.</summary>
    public const int MaxAddresses = 16;

    /// <summary>The longest address in JOINED.</summary>
    public const int MaxAddressSize = 255;
}
