using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>A DATA chunk (RFC 9260 section 3.3.1): a message or a fragment of one.</summary>
internal readonly ref struct DataChunk
{
    /// <summary>Chunk header, TSN, stream, stream sequence and payload protocol id.</summary>
    public const int HeaderSize = 16;

    public required uint Tsn { get; init; }

    public required ushort StreamId { get; init; }

    public required ushort StreamSequence { get; init; }

    public required uint PayloadProtocol { get; init; }

    public required DataFlags Flags { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Whether the chunk is whole but for its payload, which is illegal (RFC 9260 section 6.2).</summary>
    public static bool TryReadEmpty(Chunk chunk, out uint tsn) =>
        BinaryPrimitives.TryReadUInt32BigEndian(chunk.Value, out tsn) && chunk.Value.Length == HeaderSize - ChunkReader.HeaderSize;

    /// <summary>Fails when the chunk is too short; a DATA chunk without payload is illegal and fails too.</summary>
    public static bool TryParse(Chunk chunk, out DataChunk data)
    {
        ReadOnlySpan<byte> value = chunk.Value;
        if (value.Length <= HeaderSize - ChunkReader.HeaderSize)
        {
            data = default;
            return false;
        }

        data = new DataChunk
        {
            Tsn = BinaryPrimitives.ReadUInt32BigEndian(value),
            StreamId = BinaryPrimitives.ReadUInt16BigEndian(value[4..]),
            StreamSequence = BinaryPrimitives.ReadUInt16BigEndian(value[6..]),
            PayloadProtocol = BinaryPrimitives.ReadUInt32BigEndian(value[8..]),
            Flags = (DataFlags)chunk.Flags & (DataFlags.End | DataFlags.Begin | DataFlags.Unordered | DataFlags.Immediate),
            Payload = value[12..],
        };
        return true;
    }
}

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
