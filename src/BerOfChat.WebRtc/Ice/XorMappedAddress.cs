using System.Buffers.Binary;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Ice;

/// <summary>XOR-MAPPED-ADDRESS: where a request came from, disguised from middle boxes that rewrite addresses (RFC 8489 section 14.2).</summary>
internal static class XorMappedAddress
{
    private const byte FamilyIPv4 = 1, FamilyIPv6 = 2;
    private const int HeaderSize = 4;

    public static void Write(ref StunWriter writer, TransportAddress address, StunTransactionId transactionId)
    {
        Span<byte> value = stackalloc byte[HeaderSize + TransportAddress.IPv6Size];
        value[0] = 0;
        value[1] = address.IsIPv6 ? FamilyIPv6 : FamilyIPv4;
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)(address.Port ^ (StunMessage.MagicCookie >> 16)));
        int length = address.CopyTo(value[HeaderSize..]);
        Disguise(value.Slice(HeaderSize, length), transactionId);
        writer.Write(StunAttributeType.XorMappedAddress, value[..(HeaderSize + length)]);
    }

    public static bool TryRead(StunMessage message, out TransportAddress address)
    {
        address = default;
        if (!message.TryGet(StunAttributeType.XorMappedAddress, out ReadOnlySpan<byte> value) || value.Length < HeaderSize) return false;
        int length = value[1] switch
        {
            FamilyIPv4 => TransportAddress.IPv4Size,
            FamilyIPv6 => TransportAddress.IPv6Size,
            _ => -1,
        };
        if (value.Length != HeaderSize + length) return false;

        Span<byte> bytes = stackalloc byte[length];
        value[HeaderSize..].CopyTo(bytes);
        Disguise(bytes, message.TransactionId);
        address = TransportAddress.FromBytes(bytes, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(value[2..]) ^ (StunMessage.MagicCookie >> 16)));
        return true;
    }

    private static void Disguise(Span<byte> address, StunTransactionId transactionId)
    {
        Span<byte> mask = stackalloc byte[TransportAddress.IPv6Size];
        BinaryPrimitives.WriteUInt32BigEndian(mask, StunMessage.MagicCookie);
        transactionId.CopyTo(mask[4..]);
        for (int i = 0; i < address.Length; i++) address[i] ^= mask[i];
    }
}
