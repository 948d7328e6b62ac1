using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>A DATA chunk that was sent and is not acknowledged cumulatively yet. It refers to its message's bytes, it does not copy them.</summary>
internal sealed class OutstandingChunk
{
    public required long Tsn { get; init; }

    public required OutgoingMessage Message { get; init; }

    public required int Offset { get; init; }

    public required int Length { get; init; }

    public required DataFlags Flags { get; init; }

    public required ushort StreamSequence { get; init; }

    public MonotonicTime SentAt { get; set; }

    public int Transmissions { get; set; } = 1;

    /// <summary>How many acknowledgements have reported it missing.</summary>
    public int Misses { get; set; }

    /// <summary>Acknowledged by a gap block; the peer may still take that back.</summary>
    public bool IsGapAcknowledged { get; set; }

    /// <summary>The number of the acknowledgement whose gap blocks have named it last.</summary>
    public int ReportedIn { get; set; }

    /// <summary>Counted as lost: waits to be sent again.</summary>
    public bool IsLost { get; set; }

    public int Size => DataChunk.HeaderSize + ChunkReader.Padded(Length);
}
