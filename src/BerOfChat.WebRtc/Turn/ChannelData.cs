using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Turn;

/// <summary>Data on a channel (RFC 8656 section 12.4): the channel's number, the length, and the data; on streams padded to four bytes, which the length does not count.</summary>
internal static class ChannelData
{
    public const int HeaderSize = 4;

    /// <summary>The numbers of channels (RFC 8656 section 12).</summary>
    public const ushort FirstNumber = 0x4000, LastNumber = 0x4FFF;

    /// <summary>What a packet with channel data begins with; STUN messages begin with less.</summary>
    public const byte FirstByte = FirstNumber >> 8, LastByte = LastNumber >> 8;

    public static bool LooksLikeChannelData(ReadOnlySpan<byte> packet) => packet.Length >= HeaderSize && packet[0] is >= FirstByte and <= LastByte;

    /// <summary>Behind the data something may follow: padding on a stream, and what servers leave there in datagrams.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, out ushort number, out int length)
    {
        number = 0;
        length = 0;
        if (!LooksLikeChannelData(packet)) return false;
        number = BinaryPrimitives.ReadUInt16BigEndian(packet);
        length = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        return length <= packet.Length - HeaderSize;
    }

    /// <summary>Writes the header in front of the data, and the padding behind it; returns the length of the whole.</summary>
    public static int Write(Span<byte> destination, ushort number, int dataLength, bool isPadded)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, number);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)dataLength);
        int end = HeaderSize + dataLength, whole = isPadded ? (end + 3) & ~3 : end;
        destination[end..whole].Clear();
        return whole;
    }
}
