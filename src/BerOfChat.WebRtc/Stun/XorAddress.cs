using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Stun;

/// <summary>The XOR-…-ADDRESS attributes: an address, disguised from middle boxes that rewrite addresses (RFC 8489 section 14.2, RFC 8656 sections 18.3 and 18.5).</summary>
internal static class XorAddress
{
    /// <summary>The longest value, that of IPv6.</summary>
    public const int MaxSize = HeaderSize + TransportAddress.IPv6Size;

    private const byte FamilyIPv4 = 1, FamilyIPv6 = 2;
    private const int HeaderSize = 4;

    /// <summary>The bytes of the value, without the attribute's header.</summary>
    public static int SizeOf(TransportAddress address) => HeaderSize + (address.IsIPv6 ? TransportAddress.IPv6Size : TransportAddress.IPv4Size);

    public static void Write(ref StunWriter writer, StunAttributeType type, TransportAddress address, StunTransactionId transactionId)
    {
        Span<byte> value = stackalloc byte[MaxSize];
        int length = Write(value, address, transactionId);
        writer.Write(type, value[..length]);
    }

    /// <summary>Writes the value alone; returns its length.</summary>
    public static int Write(Span<byte> value, TransportAddress address, StunTransactionId transactionId)
    {
        value[0] = 0;
        value[1] = address.IsIPv6 ? FamilyIPv6 : FamilyIPv4;
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)(address.Port ^ (StunMessage.MagicCookie >> 16)));
        int length = address.CopyTo(value[HeaderSize..]);
        Disguise(value.Slice(HeaderSize, length), transactionId);
        return HeaderSize + length;
    }

    public static bool TryRead(StunMessage message, StunAttributeType type, out TransportAddress address)
    {
        address = default;
        if (!message.TryGet(type, out ReadOnlySpan<byte> value) || value.Length < HeaderSize) return false;
        int length = LengthOf(value[1]);
        if (value.Length != HeaderSize + length) return false;

        Span<byte> bytes = stackalloc byte[length];
        value[HeaderSize..].CopyTo(bytes);
        Disguise(bytes, message.TransactionId);
        address = TransportAddress.FromBytes(bytes, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(value[2..]) ^ (StunMessage.MagicCookie >> 16)));
        return true;
    }

    /// <summary>Reads an address that stands there plainly: MAPPED-ADDRESS, ALTERNATE-SERVER (RFC 8489 sections 14.1 and 14.15).</summary>
    public static bool TryReadPlain(StunMessage message, StunAttributeType type, out TransportAddress address)
    {
        address = default;
        if (!message.TryGet(type, out ReadOnlySpan<byte> value) || value.Length < HeaderSize || value.Length != HeaderSize + LengthOf(value[1])) return false;
        address = TransportAddress.FromBytes(value[HeaderSize..], BinaryPrimitives.ReadUInt16BigEndian(value[2..]));
        return true;
    }

    private static int LengthOf(byte family) => family switch
    {
        FamilyIPv4 => TransportAddress.IPv4Size,
        FamilyIPv6 => TransportAddress.IPv6Size,
        _ => -1,
    };

    private static void Disguise(Span<byte> address, StunTransactionId transactionId)
    {
        Span<byte> mask = stackalloc byte[TransportAddress.IPv6Size];
        BinaryPrimitives.WriteUInt32BigEndian(mask, StunMessage.MagicCookie);
        transactionId.CopyTo(mask[4..]);
        for (int i = 0; i < address.Length; i++) address[i] ^= mask[i];
    }
}
