using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>A piece of a handshake message (RFC 6347 section 4.2.2), mostly the whole of it.</summary>
internal readonly ref struct HandshakeFragment
{
    public const int HeaderSize = 12;

    public HandshakeType Type { get; private init; }

    /// <summary>Of the whole message.</summary>
    public int Length { get; private init; }

    public ushort Sequence { get; private init; }

    public int Offset { get; private init; }

    public ReadOnlySpan<byte> Body { get; private init; }

    public bool IsWhole => Body.Length == Length;

    public bool IsLast => Offset + Body.Length == Length;

    /// <summary>Takes the first fragment off <paramref name="source"/>. False when it is malformed, of no known type, or of a message that is too long.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> source, out HandshakeFragment fragment)
    {
        fragment = default;
        if (source.Length < HeaderSize) return false;
        int length = ReadUInt24(source[1..]), offset = ReadUInt24(source[6..]), size = ReadUInt24(source[9..]);
        if (!IsKnown(source[0]) || length > HandshakeLimits.MaxMessageSize || offset + size > length || size > source.Length - HeaderSize) return false;
        // An empty piece of a message that is not empty brings nothing.
        if (size == 0 && length != 0) return false;
        fragment = new HandshakeFragment
        {
            Type = (HandshakeType)source[0],
            Length = length,
            Sequence = BinaryPrimitives.ReadUInt16BigEndian(source[4..]),
            Offset = offset,
            Body = source.Slice(HeaderSize, size),
        };
        source = source[(HeaderSize + size)..];
        return true;
    }

    public static void WriteHeader(Span<byte> destination, HandshakeType type, ushort sequence, int length, int offset, int size)
    {
        destination[0] = (byte)type;
        WriteUInt24(destination[1..], length);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], sequence);
        WriteUInt24(destination[6..], offset);
        WriteUInt24(destination[9..], size);
    }

    private static bool IsKnown(byte type) => (HandshakeType)type is
        HandshakeType.ClientHello or HandshakeType.ServerHello or HandshakeType.HelloVerifyRequest or HandshakeType.Certificate or HandshakeType.ServerKeyExchange
        or HandshakeType.CertificateRequest or HandshakeType.ServerHelloDone or HandshakeType.CertificateVerify or HandshakeType.ClientKeyExchange or HandshakeType.Finished;

    private static int ReadUInt24(ReadOnlySpan<byte> source) => (source[0] << 16) | (source[1] << 8) | source[2];

    private static void WriteUInt24(Span<byte> destination, int value)
    {
        destination[0] = (byte)(value >> 16);
        destination[1] = (byte)((value >> 8) & 0xFF);
        destination[2] = (byte)(value & 0xFF);
    }
}
