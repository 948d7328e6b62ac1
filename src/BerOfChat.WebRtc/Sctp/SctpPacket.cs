using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>The common header of a received packet (RFC 9260 section 3.1).</summary>
internal static class SctpPacket
{
    private const int ChecksumOffset = 8;

    /// <summary>Checks length and checksum (the ports name nothing inside one DTLS connection); gives the verification tag and the chunks.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="acceptsZeroChecksum">Whether the peer was told that it may leave the checksum out (RFC 9653 section 5.3).</param>
    /// <param name="verificationTag">Its tag.</param>
    /// <param name="chunks">Its chunks.</param>
    public static bool TryParse(ReadOnlySpan<byte> packet, bool acceptsZeroChecksum, out uint verificationTag, out ReadOnlySpan<byte> chunks)
    {
        verificationTag = 0;
        chunks = default;
        if (packet.Length < PacketWriter.HeaderSize + ChunkReader.HeaderSize) return false;
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(packet[ChecksumOffset..]);
        bool isLeftOut = acceptsZeroChecksum && checksum == 0;
        if (!isLeftOut && checksum != Crc32C.ComputeAround(packet[..ChecksumOffset], packet[PacketWriter.HeaderSize..])) return false;

        verificationTag = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
        chunks = packet[PacketWriter.HeaderSize..];
        return true;
    }
}
