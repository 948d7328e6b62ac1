using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>Seals and opens what goes through a signaling service: header, GCM(AAD = topic ‖ first 34 bytes; padded message).</summary>
internal static class SignalingEnvelope
{
    public const int MaxSize = EnvelopeHeader.Size + EnvelopePadding.MaxPaddedSize + Aes256Gcm.TagSize;

    /// <summary>Seals a message under a fresh random nonce: a counter would repeat under the same key after a restart.</summary>
    public static byte[] Seal(Aes256Gcm key, SignalingTopicId topic, EnvelopeHeader header, ReadOnlySpan<byte> message, IRandomSource random)
    {
        byte[] padded = EnvelopePadding.Pad(message);
        byte[] envelope = new byte[EnvelopeHeader.Size + padded.Length + Aes256Gcm.TagSize];
        header.WriteAuthenticated(envelope);
        Span<byte> nonce = envelope.AsSpan(EnvelopeHeader.AuthenticatedSize, Aes256Gcm.NonceSize);
        random.Fill(nonce);

        Span<byte> associatedData = stackalloc byte[AssociatedDataSize];
        WriteAssociatedData(topic, envelope, associatedData);
        key.Seal(nonce, associatedData, padded, envelope.AsSpan(EnvelopeHeader.Size));
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(padded);
        return envelope;
    }

    /// <summary>Opens an envelope. False when it was not sealed under this key for this topic, or was changed. Never throws.</summary>
    public static bool TryOpen(Aes256Gcm key, SignalingTopicId topic, ReadOnlySpan<byte> envelope, out ReadOnlyMemory<byte> message)
    {
        message = default;
        if (!EnvelopeHeader.TryParse(envelope, out _)) return false;

        Span<byte> associatedData = stackalloc byte[AssociatedDataSize];
        WriteAssociatedData(topic, envelope, associatedData);
        ReadOnlySpan<byte> ciphertext = envelope[EnvelopeHeader.Size..];
        byte[] padded = new byte[ciphertext.Length - Aes256Gcm.TagSize];
        return key.TryOpen(NonceOf(envelope), associatedData, ciphertext, padded) && EnvelopePadding.TryRemove(padded, out message);
    }

    public static ReadOnlySpan<byte> NonceOf(ReadOnlySpan<byte> envelope) => envelope.Slice(EnvelopeHeader.AuthenticatedSize, Aes256Gcm.NonceSize);

    private static void WriteAssociatedData(SignalingTopicId topic, ReadOnlySpan<byte> envelope, Span<byte> destination)
    {
        topic.CopyTo(destination);
        envelope[..EnvelopeHeader.AuthenticatedSize].CopyTo(destination[SignalingTopicId.Size..]);
    }

    private const int AssociatedDataSize = SignalingTopicId.Size + EnvelopeHeader.AuthenticatedSize;
}
