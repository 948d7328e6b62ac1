using System.Buffers.Binary;
using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Stun;

/// <summary>Builds a STUN message in the caller's buffer: attributes in the order they are written, then integrity, then fingerprint.</summary>
internal ref struct StunWriter
{
    private const int AttributeHeaderSize = 4;

    private readonly Span<byte> _message;
    private int _position;

    public StunWriter(Span<byte> destination, StunMessageType type, StunTransactionId transactionId)
    {
        _message = destination;
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)type);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], StunMessage.MagicCookie);
        transactionId.CopyTo(destination[8..]);
        _position = StunMessage.HeaderSize;
    }

    public void Write(StunAttributeType type, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> attribute = Begin(type, value.Length);
        value.CopyTo(attribute);
    }

    public void Write(StunAttributeType type, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Begin(type, sizeof(uint)), value);

    public void Write(StunAttributeType type, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Begin(type, sizeof(ulong)), value);

    /// <summary>ERROR-CODE with an ASCII reason.</summary>
    public void WriteError(int code, ReadOnlySpan<byte> reason)
    {
        Span<byte> attribute = Begin(StunAttributeType.ErrorCode, 4 + reason.Length);
        attribute[..2].Clear();
        attribute[2] = (byte)(code / 100);
        attribute[3] = (byte)(code % 100);
        reason.CopyTo(attribute[4..]);
    }

    /// <summary>UNKNOWN-ATTRIBUTES with one type.</summary>
    public void WriteUnknown(ushort type) => BinaryPrimitives.WriteUInt16BigEndian(Begin(StunAttributeType.UnknownAttributes, sizeof(ushort)), type);

    /// <summary>Ends the message with MESSAGE-INTEGRITY, if a key is given, and FINGERPRINT; returns its length.</summary>
    public int Finish(ReadOnlySpan<byte> key)
    {
        if (!key.IsEmpty)
        {
            int attributesEnd = _position;
            Span<byte> mac = Begin(StunAttributeType.MessageIntegrity, HMACSHA1.HashSizeInBytes);
            WriteLength();
            StunIntegrity.Compute(key, _message[..StunMessage.HeaderSize], _message[StunMessage.HeaderSize..attributesEnd], mac);
        }

        int fingerprintOffset = _position;
        Span<byte> fingerprint = Begin(StunAttributeType.Fingerprint, sizeof(uint));
        WriteLength();
        BinaryPrimitives.WriteUInt32BigEndian(fingerprint, Crc32.Compute(_message[..fingerprintOffset]) ^ StunMessage.FingerprintMask);
        return _position;
    }

    /// <summary>Ends the message with an attribute whose value stands in its place already, and with nothing behind it; returns the message's length.</summary>
    public int FinishAround(StunAttributeType type, int length)
    {
        Begin(type, length);
        WriteLength();
        return _position;
    }

    private Span<byte> Begin(StunAttributeType type, int length)
    {
        int padded = (length + 3) & ~3;
        BinaryPrimitives.WriteUInt16BigEndian(_message[_position..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(_message[(_position + 2)..], (ushort)length);
        Span<byte> value = _message.Slice(_position + AttributeHeaderSize, padded);
        value[length..].Clear();
        _position += AttributeHeaderSize + padded;
        return value[..length];
    }

    private readonly void WriteLength() => BinaryPrimitives.WriteUInt16BigEndian(_message[2..], (ushort)(_position - StunMessage.HeaderSize));
}
