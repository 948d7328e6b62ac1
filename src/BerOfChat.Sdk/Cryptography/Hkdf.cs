using System.Security.Cryptography;

namespace BerOfChat.Cryptography;

/// <summary>HKDF-SHA256 (RFC 5869), always extract and expand: browsers offer nothing else.</summary>
internal static class Hkdf
{
    /// <summary>Fills <paramref name="output"/> (at most 8,160 bytes) with HKDF-SHA256(salt, ikm, info).</summary>
    public static void DeriveKey(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> ikm, ReadOnlySpan<byte> info, Span<byte> output)
    {
        if (!ikm.IsEmpty)
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, ikm, output, salt, info);
            return;
        }

        // The end of a Noise handshake extracts from nothing, which OpenSSL refuses to do; HMAC has no such objection.
        Span<byte> pseudorandomKey = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(salt, ikm, pseudorandomKey);
        HKDF.Expand(HashAlgorithmName.SHA256, pseudorandomKey, output, info);
        CryptographicOperations.ZeroMemory(pseudorandomKey);
    }
}
