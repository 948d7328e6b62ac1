using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>A DATA chunk (RFC 9260 section 3.3.1) or an I-DATA chunk (RFC 8260 section 2.1): a message or a fragment of one.</summary>
internal readonly ref struct DataChunk
{
    /// <summary>Chunk header, TSN, stream, stream sequence and payload protocol id.</summary>
    public const int HeaderSize = 16;

    /// <summary>The same with a message identifier of 32 bits, of an I-DATA chunk.</summary>
    public const int InterleavedHeaderSize = 20;

    public required uint Tsn { get; init; }

    public required ushort StreamId { get; init; }

    /// <summary>The number of the message within its stream: 16 bits of a DATA chunk (SSN), 32 of an I-DATA chunk (MID), which counts ordered and unordered messages each by themselves.</summary>
    public required uint MessageId { get; init; }

    /// <summary>The number of the fragment within its message (FSN), 0 for the first; always 0 in a DATA chunk, whose fragments are told by their TSNs.</summary>
    public uint Fragment { get; init; }

    /// <summary>What the message carries; the fragments of an I-DATA chunk behind the first do not say it.</summary>
    public required uint PayloadProtocol { get; init; }

    public required DataFlags Flags { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>What comes before the payload of a chunk.</summary>
    public static int HeaderSizeOf(bool isInterleaved) => isInterleaved ? InterleavedHeaderSize : HeaderSize;

    /// <summary>Whether the chunk is whole but for its payload, which is illegal (RFC 9260 section 6.2).</summary>
    public static bool IsEmpty(Chunk chunk) => chunk.Whole.Length == HeaderSizeOf(chunk.Type == ChunkType.IData);

    /// <summary>Fails when the chunk is too short; one without payload is illegal and fails too, as does a fragment behind the first that says it is the first.</summary>
    public static bool TryParse(Chunk chunk, out DataChunk data)
    {
        data = default;
        bool isInterleaved = chunk.Type == ChunkType.IData;
        ReadOnlySpan<byte> whole = chunk.Whole;
        if (whole.Length <= HeaderSizeOf(isInterleaved)) return false;
        var flags = (DataFlags)chunk.Flags & (DataFlags.End | DataFlags.Begin | DataFlags.Unordered | DataFlags.Immediate);
        // The last word is the payload protocol in the first fragment, which is number 0, and the fragment's number in the others.
        uint word = isInterleaved ? BinaryPrimitives.ReadUInt32BigEndian(whole[16..]) : 0;
        bool hasProtocol = !isInterleaved || flags.Has(DataFlags.Begin);
        if (!hasProtocol && word == 0) return false;

        data = new DataChunk
        {
            Tsn = BinaryPrimitives.ReadUInt32BigEndian(whole[4..]),
            StreamId = BinaryPrimitives.ReadUInt16BigEndian(whole[8..]),
            MessageId = isInterleaved ? BinaryPrimitives.ReadUInt32BigEndian(whole[12..]) : BinaryPrimitives.ReadUInt16BigEndian(whole[10..]),
            Fragment = hasProtocol ? 0 : word,
            PayloadProtocol = isInterleaved ? word : BinaryPrimitives.ReadUInt32BigEndian(whole[12..]),
            Flags = flags,
            Payload = whole[HeaderSizeOf(isInterleaved)..],
        };
        return true;
    }
}
