using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Dtls;

/// <summary>The header of a DTLS 1.2 record: type, version, epoch, sequence number, length.</summary>
internal readonly record struct DtlsRecordHeader(DtlsContentType Type, ushort Epoch, ulong Sequence, int Length)
{
    public const int Size = 13;
    private const int MaxFragment = 16_384 + 2048;

    /// <summary>Reads the first record of <paramref name="datagram"/>; the record itself, with its header, is <paramref name="record"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out DtlsRecordHeader header, out ReadOnlySpan<byte> record)
    {
        header = default;
        record = default;
        if (datagram.Length < Size || datagram[1] != 0xFE) return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[11..]);
        if (length > MaxFragment || datagram.Length < Size + length) return false;
        ulong epochAndSequence = BinaryPrimitives.ReadUInt64BigEndian(datagram[3..]);
        header = new DtlsRecordHeader((DtlsContentType)datagram[0], (ushort)(epochAndSequence >> 48), epochAndSequence & 0xFFFF_FFFF_FFFF, length);
        record = datagram[..(Size + length)];
        return true;
    }

    /// <summary>Whether a datagram is DTLS by its first byte (RFC 7983).</summary>
    public static bool LooksLikeDtls(ReadOnlySpan<byte> datagram) => datagram.Length >= Size && datagram[0] is >= 20 and <= 63;
}
