using System.Buffers.Binary;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.DataChannels;

/// <summary>Packets with the right tag and checksum around anything.</summary>
internal static class HostilePackets
{
    public static byte[] Wrap(DataChannelEndpoint target, byte type, ReadOnlySpan<byte> value)
    {
        byte[] packet = new byte[1191];
        uint tag = type == (byte)ChunkType.Init ? 0 : target.Association.Handshake.LocalTag;
        PacketWriter writer = new(packet, tag);
        writer.WriteChunk((ChunkType)type, value[0], value);
        int length = writer.Finish();
        // Keep the chunk's own length honest in most cases, and wrong in some.
        if (value[1] % 8 == 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(PacketWriter.HeaderSize + 2), value[2]);
            uint checksum = Crc32C.ComputeAround(packet.AsSpan(0, 8), packet.AsSpan(12, length - 12));
            BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), checksum);
        }

        return packet[..length];
    }
}
