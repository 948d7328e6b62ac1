using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>The clear part of an envelope: u8 version 1, u8 direction, e[32], nonce[12]. The first 34 bytes are authenticated, together with the topic.</summary>
internal readonly record struct EnvelopeHeader(EnvelopeDirection Direction, Bytes32 Ephemeral)
{
    public const byte Version = 1;

    /// <summary>The bytes that are authenticated: version, direction and e.</summary>
    public const int AuthenticatedSize = 2 + Bytes32.Size;

    public const int Size = AuthenticatedSize + Aes256Gcm.NonceSize;

    /// <summary>Reads the header of an envelope of a possible length. Never throws.</summary>
    public static bool TryParse(ReadOnlySpan<byte> envelope, out EnvelopeHeader header)
    {
        header = default;
        if (!EnvelopePadding.IsPaddedSize(envelope.Length - Size - Aes256Gcm.TagSize)) return false;
        if (envelope[0] != Version || envelope[1] is not (1 or 2)) return false;
        header = new EnvelopeHeader((EnvelopeDirection)envelope[1], Bytes32.Read(envelope.Slice(2, Bytes32.Size)));
        return true;
    }

    public void WriteAuthenticated(Span<byte> destination)
    {
        destination[0] = Version;
        destination[1] = (byte)Direction;
        Ephemeral.CopyTo(destination[2..]);
    }
}
