using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>The AES-256-GCM key of envelopes: HKDF(salt, ikm, label ‖ direction ‖ e).</summary>
internal static class EnvelopeKey
{
    public static Aes256Gcm Derive(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> ikm, ReadOnlySpan<byte> label, EnvelopeDirection direction, Bytes32 ephemeral)
    {
        Span<byte> key = stackalloc byte[Aes256Gcm.KeySize];
        Span<byte> info = stackalloc byte[label.Length + direction.Label().Length + Bytes32.Size];
        label.CopyTo(info);
        direction.Label().CopyTo(info[label.Length..]);
        ephemeral.CopyTo(info[^Bytes32.Size..]);
        try
        {
            Hkdf.DeriveKey(salt, ikm, info, key);
            return new Aes256Gcm(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
