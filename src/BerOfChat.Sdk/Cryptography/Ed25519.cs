using NSec.Cryptography;

namespace BerOfChat.Cryptography;

/// <summary>Ed25519 verification (RFC 8032) with libsodium's strictness: S below the group order, no non-canonical or small-order points.</summary>
internal static class Ed25519
{
    public const int PublicKeySize = 32;
    public const int SignatureSize = 64;

    /// <summary>Whether <paramref name="signature"/> is the key's signature of <paramref name="message"/>. Malformed keys and signatures are simply not.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureSize
        && PublicKey.TryImport(SignatureAlgorithm.Ed25519, publicKey, KeyBlobFormat.RawPublicKey, out PublicKey? key)
        && SignatureAlgorithm.Ed25519.Verify(key!, message, signature);
}
