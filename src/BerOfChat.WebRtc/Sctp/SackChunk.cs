using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>A SACK chunk (RFC 9260 section 3.3.4), viewed in place.</summary>
internal readonly ref struct SackChunk
{
    private const int FixedSize = 12;
    private const int BlockSize = 4;

    private readonly ReadOnlySpan<byte> _value;

    private SackChunk(ReadOnlySpan<byte> value) => _value = value;

    /// <summary>An acknowledgement without gaps, as a SHUTDOWN carries one.</summary>
    /// <param name="buffer">At least 12 bytes, which must live as long as the result.</param>
    /// <param name="tsn">Everything up to here has arrived.</param>
    /// <param name="receiveWindow">The window last heard of.</param>
    public static SackChunk Cumulative(Span<byte> buffer, uint tsn, uint receiveWindow)
    {
        buffer = buffer[..FixedSize];
        buffer.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(buffer, tsn);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], receiveWindow);
        return new SackChunk(buffer);
    }

    public uint CumulativeTsn => BinaryPrimitives.ReadUInt32BigEndian(_value);

    public uint ReceiveWindow => BinaryPrimitives.ReadUInt32BigEndian(_value[4..]);

    public int GapCount => BinaryPrimitives.ReadUInt16BigEndian(_value[8..]);

    public int DuplicateCount => BinaryPrimitives.ReadUInt16BigEndian(_value[10..]);

    /// <summary>Checks that the blocks are there and none is upside down. They may come in any order, as RFC 9260 does not ask for one.</summary>
    public static bool TryParse(Chunk chunk, out SackChunk sack)
    {
        sack = default;
        ReadOnlySpan<byte> value = chunk.Value;
        if (value.Length < FixedSize) return false;
        int gaps = BinaryPrimitives.ReadUInt16BigEndian(value[8..]);
        int duplicates = BinaryPrimitives.ReadUInt16BigEndian(value[10..]);
        if (value.Length < FixedSize + (BlockSize * (gaps + duplicates))) return false;

        SackChunk candidate = new(value);
        for (int i = 0; i < gaps; i++)
        {
            (int first, int last) = candidate.GetGap(i);
            if (first == 0 || last < first) return false;
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
