using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>A SACK chunk (RFC 9260 section 3.3.4), viewed in place.</summary>
internal readonly ref struct SackChunk
{
    private const int FixedSize = 12;
    private const int BlockSize = 4;

    private readonly ReadOnlySpan<byte> _value;

    private SackChunk(ReadOnlySpan<byte> value) => _value = value;

    public uint CumulativeTsn => BinaryPrimitives.ReadUInt32BigEndian(_value);

    public uint ReceiveWindow => BinaryPrimitives.ReadUInt32BigEndian(_value[4..]);

    public int GapCount => BinaryPrimitives.ReadUInt16BigEndian(_value[8..]);

    /// <summary>Checks that the blocks are there, rising, and do not overlap.</summary>
    public static bool TryParse(Chunk chunk, out SackChunk sack)
    {
        sack = default;
        ReadOnlySpan<byte> value = chunk.Value;
        if (value.Length < FixedSize) return false;
        int gaps = BinaryPrimitives.ReadUInt16BigEndian(value[8..]);
        int duplicates = BinaryPrimitives.ReadUInt16BigEndian(value[10..]);
        if (value.Length < FixedSize + (BlockSize * (gaps + duplicates))) return false;

        SackChunk candidate = new(value);
        int last = 0;
        for (int i = 0; i < gaps; i++)
        {
            (int first, int end) = candidate.GetGap(i);
            if (first <= last || end < first) return false;
            last = end;
        }

        sack = candidate;
        return true;
    }

    /// <summary>A received range, as offsets to the cumulative TSN.</summary>
    public (int First, int Last) GetGap(int index)
    {
        ReadOnlySpan<byte> block = _value.Slice(FixedSize + (BlockSize * index), BlockSize);
        return (BinaryPrimitives.ReadUInt16BigEndian(block), BinaryPrimitives.ReadUInt16BigEndian(block[2..]));
    }
}
