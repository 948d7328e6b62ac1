namespace BerOfChat.WebRtc.Sctp;

/// <summary>The numbers of the association, in one place.</summary>
internal static class SctpLimits
{
    public const ushort Port = 5000;

    /// <summary>1,280 bytes of IPv6 less headers of IP, UDP, TURN channel and DTLS: fits through every path, and no packet is larger before the path is known to carry more.</summary>
    public const int MaxPacketSize = 1191;

    /// <summary>What packets grow to where the path carries that: four of them, sealed, fit in one call of the system's (65,507 bytes), and one in a DTLS record.</summary>
    public const int LargestPacketSize = 16_336;

    /// <summary>With so many bytes waiting, larger packets are worth a question.</summary>
    public const int BacklogToProbe = 64 * 1024;

    /// <summary>What fits in a packet of <see cref="MaxPacketSize"/>.</summary>
    public const int MaxFragmentSize = (MaxPacketSize - PacketWriter.HeaderSize - DataChunk.HeaderSize) & ~3;

    /// <summary>Ids are below.</summary>
    public const ushort MaxStreams = 65_535;

    /// <summary>Of how many streams of the peer something is kept at a time: more than there are channels.</summary>
    public const int MaxIncomingStreams = 4096;

    /// <summary>How much may wait to be read or put together, overhead included, to begin with, unless larger messages are to be received.</summary>
    public const int ReceiveWindow = 4 * 1024 * 1024;

    /// <summary>What the window grows to where the path carries that much in a round trip, and the application takes it.</summary>
    public const int MaxReceiveWindow = 16 * 1024 * 1024;

    /// <summary>Charged to the window for each chunk held besides its payload, so that tiny chunks cannot fill the memory.</summary>
    public const int ChunkOverhead = 256;

    /// <summary>How far ahead of the cumulative TSN a chunk may be.</summary>
    public const int MaxTsnOffset = 100_000;

    public const int MaxGapBlocks = 128;

    public const int MaxDuplicateTsns = 16;

    /// <summary>Received ranges above the cumulative TSN; a chunk that would open one more is dropped.</summary>
    public const int MaxReceivedRanges = 4096;

    public const int MaxPendingControlChunks = 16;

    /// <summary>Retransmissions and heartbeats in a row without any answer before the peer counts as gone (Association.Max.Retrans). The path's consent usually ends the connection before.</summary>
    public const int MaxUnanswered = 10;

    /// <summary>HEARTBEAT and RE-CONFIG chunks are answered up to this size.</summary>
    public const int MaxEchoedChunkSize = 1024;

    public const int InitialCongestionWindowPackets = 10;

    public const int MinCongestionWindowPackets = 4;

    /// <summary>The window in which a message of this size has room, bookkeeping included.</summary>
    public static int WindowFor(int maxMessageSize) => maxMessageSize <= ReceiveWindow / 4 ? ReceiveWindow : ReceiveWindow + maxMessageSize + (maxMessageSize / 4);

    public static readonly TimeSpan InitialRto = TimeSpan.FromMilliseconds(500);
    public static readonly TimeSpan MinRto = TimeSpan.FromMilliseconds(300);
    public static readonly TimeSpan MaxRto = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan MaxHandshakeRto = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan DelayedAck = TimeSpan.FromMilliseconds(20);
    public static readonly TimeSpan CookieLifetime = TimeSpan.FromSeconds(60);

    /// <summary>Without data for this long the peer is asked whether it is there (HB.interval).</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(30);
}
