using BerOfChat.Primitives;
using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>A DATA chunk that was sent and is not acknowledged cumulatively yet. It holds its part of the message's bytes, it does not copy them.</summary>
internal struct OutstandingChunk
{
    public required BlockSlice Payload { get; init; }

    public required uint PayloadProtocol { get; init; }

    public required ushort StreamId { get; init; }

    public required ushort StreamSequence { get; init; }

    public required DataFlags Flags { get; init; }

    public MessageReliability Reliability { get; init; }

    public MonotonicTime SentAt { get; set; }

    public int Transmissions { get; set; }

    /// <summary>The number of the acknowledgement whose gap blocks have named it last.</summary>
    public int ReportedIn { get; set; }

    /// <summary>Acknowledged by a gap block; the peer may still take that back.</summary>
    public bool IsGapAcknowledged { get; set; }

    /// <summary>Counted as lost: waits to be sent again.</summary>
    public bool IsLost { get; set; }

    /// <summary>Given up: waits only for the peer to hear that nothing more comes under its TSN.</summary>
    public bool IsAbandoned { get; set; }

    public readonly int Length => Payload.Length;

    public readonly int Size => DataChunk.HeaderSize + ChunkReader.Padded(Length);

    public readonly void Write(ref PacketWriter writer, long tsn, DataFlags more)
    {
        writer.BeginChunk(ChunkType.Data, (byte)(Flags | more));
        writer.WriteUInt32(TsnUnwrapper.Wrap(tsn));
        writer.WriteUInt16(StreamId);
        writer.WriteUInt16(StreamSequence);
        writer.WriteUInt32(PayloadProtocol);
        Payload.CopyTo(writer.Take(Length));
        writer.EndChunk();
    }
}
