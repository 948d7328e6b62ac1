using BerOfChat.Primitives;
using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>A DATA or I-DATA chunk that was sent and is not acknowledged cumulatively yet. It holds its part of the message's bytes, it does not copy them.</summary>
internal struct OutstandingChunk
{
    public required BlockSlice Payload { get; init; }

    /// <summary>What the message carries; in an I-DATA chunk behind the first of its message the number of the fragment (FSN).</summary>
    public required uint PayloadProtocol { get; init; }

    public required ushort StreamId { get; init; }

    /// <summary>The number of the message: SSN of a DATA chunk, MID of an I-DATA chunk.</summary>
    public required uint MessageId { get; init; }

    /// <summary>Whether it is an I-DATA chunk.</summary>
    public required bool IsInterleaved { get; init; }

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

    public readonly int Size => DataChunk.HeaderSizeOf(IsInterleaved) + ChunkReader.Padded(Length);

    /// <summary>Whether both are parts of one message.</summary>
    public readonly bool IsOfSameMessage(in OutstandingChunk other) =>
        StreamId == other.StreamId && MessageId == other.MessageId && (Flags & DataFlags.Unordered) == (other.Flags & DataFlags.Unordered);

    public readonly void Write(ref PacketWriter writer, long tsn, DataFlags more)
    {
        writer.BeginChunk(IsInterleaved ? ChunkType.IData : ChunkType.Data, (byte)(Flags | more));
        writer.WriteUInt32(TsnUnwrapper.Wrap(tsn));
        writer.WriteUInt16(StreamId);
        if (IsInterleaved)
        {
            writer.WriteUInt16(0);
            writer.WriteUInt32(MessageId);
        }
        else
        {
            writer.WriteUInt16(unchecked((ushort)MessageId));
        }

        writer.WriteUInt32(PayloadProtocol);
        Payload.CopyTo(writer.Take(Length));
        writer.EndChunk();
    }
}
