using System.Buffers.Binary;
using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Stun;

/// <summary>A received STUN message, viewed in place (RFC 8489). Attributes behind MESSAGE-INTEGRITY other than FINGERPRINT are not seen.</summary>
internal readonly ref struct StunMessage
{
    public const int HeaderSize = 20;
    public const uint MagicCookie = 0x2112A442;
    public const uint FingerprintMask = 0x5354554E;
    private const int AttributeHeaderSize = 4;
    private const int NotFound = -1;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _integrityOffset;

    private StunMessage(ReadOnlySpan<byte> bytes, int integrityOffset, bool hasFingerprint)
    {
        _bytes = bytes;
        _integrityOffset = integrityOffset;
        HasFingerprint = hasFingerprint;
    }

    public StunMessageType Type => (StunMessageType)BinaryPrimitives.ReadUInt16BigEndian(_bytes);

    public StunTransactionId TransactionId => StunTransactionId.Read(_bytes.Slice(8, StunTransactionId.Size));

    public bool HasIntegrity => _integrityOffset != NotFound;

    /// <summary>Whether the message ends in a FINGERPRINT; it was right, or the message would not have parsed.</summary>
    public bool HasFingerprint { get; }

    /// <summary>Whether a datagram is meant for STUN: its two top bits are zero and the cookie stands where it must.</summary>
    public static bool LooksLikeStun(ReadOnlySpan<byte> datagram) =>
        datagram.Length >= HeaderSize && datagram[0] < 4 && BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) == MagicCookie;

    /// <summary>Checks the header, every attribute's length, and the fingerprint if there is one.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out StunMessage message)
    {
        message = default;
        if (!LooksLikeStun(datagram)) return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        if (length % 4 != 0 || datagram.Length != HeaderSize + length) return false;

        int integrity = NotFound;
        bool hasFingerprint = false;
        for (int offset = HeaderSize; offset < datagram.Length;)
        {
            if (hasFingerprint || datagram.Length - offset < AttributeHeaderSize) return false;
            StunAttributeType type = (StunAttributeType)BinaryPrimitives.ReadUInt16BigEndian(datagram[offset..]);
            int size = BinaryPrimitives.ReadUInt16BigEndian(datagram[(offset + 2)..]);
            int padded = (size + 3) & ~3;
            if (datagram.Length - offset - AttributeHeaderSize < padded) return false;
            if (type == StunAttributeType.MessageIntegrity && integrity == NotFound)
            {
                if (size != HMACSHA1.HashSizeInBytes) return false;
                integrity = offset;
            }
            else if (type == StunAttributeType.Fingerprint)
            {
                if (size != sizeof(uint)) return false;
                uint expected = Crc32.Compute(datagram[..offset]) ^ FingerprintMask;
                if (BinaryPrimitives.ReadUInt32BigEndian(datagram[(offset + AttributeHeaderSize)..]) != expected) return false;
                hasFingerprint = true;
            }

            offset += AttributeHeaderSize + padded;
        }

        message = new StunMessage(datagram, integrity, hasFingerprint);
        return true;
    }

    /// <summary>Whether MESSAGE-INTEGRITY is there and was made with this key (RFC 8489 section 14.5).</summary>
    public bool VerifyIntegrity(ReadOnlySpan<byte> key)
    {
        if (!HasIntegrity) return false;

        // The HMAC covers the message as if it ended with MESSAGE-INTEGRITY, so the length field is the one of that shorter message.
        Span<byte> header = stackalloc byte[HeaderSize];
        _bytes[..HeaderSize].CopyTo(header);
        int length = _integrityOffset + AttributeHeaderSize + HMACSHA1.HashSizeInBytes - HeaderSize;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);

        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
        StunIntegrity.Compute(key, header, _bytes[HeaderSize.._integrityOffset], mac);
        return CryptographicOperations.FixedTimeEquals(mac, _bytes.Slice(_integrityOffset + AttributeHeaderSize, mac.Length));
    }

    /// <summary>The first attribute of this type in front of MESSAGE-INTEGRITY.</summary>
    public bool TryGet(StunAttributeType wanted, out ReadOnlySpan<byte> value)
    {
        int end = HasIntegrity ? _integrityOffset : _bytes.Length;
        for (int offset = HeaderSize; offset < end;)
        {
            int size = BinaryPrimitives.ReadUInt16BigEndian(_bytes[(offset + 2)..]);
            if ((StunAttributeType)BinaryPrimitives.ReadUInt16BigEndian(_bytes[offset..]) == wanted)
            {
                value = _bytes.Slice(offset + AttributeHeaderSize, size);
                return true;
            }

            offset += AttributeHeaderSize + ((size + 3) & ~3);
        }

        value = default;
        return false;
    }

    public bool Has(StunAttributeType type) => TryGet(type, out _);

    public bool TryGetUInt32(StunAttributeType type, out uint value)
    {
        value = 0;
        return TryGet(type, out ReadOnlySpan<byte> bytes) && bytes.Length == sizeof(uint) && BinaryPrimitives.TryReadUInt32BigEndian(bytes, out value);
    }

    public bool TryGetUInt64(StunAttributeType type, out ulong value)
    {
        value = 0;
        return TryGet(type, out ReadOnlySpan<byte> bytes) && bytes.Length == sizeof(ulong) && BinaryPrimitives.TryReadUInt64BigEndian(bytes, out value);
    }

    /// <summary>The code of ERROR-CODE, 300 to 699.</summary>
    public bool TryGetErrorCode(out int code)
    {
        code = 0;
        if (!TryGet(StunAttributeType.ErrorCode, out ReadOnlySpan<byte> value) || value.Length < 4) return false;
        code = ((value[2] & 7) * 100) + value[3];
        return code is >= 300 and < 700;
    }

    /// <summary>The first attribute that must be understood and is not; the whole message is then answered by 420.</summary>
    public bool TryFindUnknownRequired(out ushort type)
    {
        int end = HasIntegrity ? _integrityOffset : _bytes.Length;
        for (int offset = HeaderSize; offset < end;)
        {
            type = BinaryPrimitives.ReadUInt16BigEndian(_bytes[offset..]);
            if (type < 0x8000 && !Enum.IsDefined((StunAttributeType)type)) return true;
            offset += AttributeHeaderSize + ((BinaryPrimitives.ReadUInt16BigEndian(_bytes[(offset + 2)..]) + 3) & ~3);
        }

        type = 0;
        return false;
    }
}
