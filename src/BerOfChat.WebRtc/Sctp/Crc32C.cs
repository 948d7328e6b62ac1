using System.Buffers.Binary;
using System.Numerics;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>The checksum of SCTP packets: CRC-32C (RFC 9260, appendix A), by the processor's own instruction where it has one.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of <paramref name="head"/> followed by four zero bytes and <paramref name="tail"/>: a packet without its checksum field.</summary>
    public static uint ComputeAround(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        uint crc = Append(uint.MaxValue, head);
        crc = BitOperations.Crc32C(crc, 0u);
        return ~Append(crc, tail);
    }

    public static uint Compute(ReadOnlySpan<byte> data) => ~Append(uint.MaxValue, data);

    private static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        while (data.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (byte b in data) crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}
