using BerOfChat.Primitives;
using NSec.Cryptography;

namespace BerOfChat.Cryptography;

/// <summary>An X25519 private key (RFC 7748). Zeroed when disposed.</summary>
internal sealed class X25519PrivateKey : IDisposable
{
    public const int Size = 32;
    public const int PublicKeySize = 32;
    public const int SharedSecretSize = 32;

    private static readonly KeyAgreementAlgorithm s_algorithm = KeyAgreementAlgorithm.X25519;

    private readonly Key _key;

    /// <summary>Takes over a key of 32 bytes; the caller keeps, and zeroes, its own copy.</summary>
    public X25519PrivateKey(ReadOnlySpan<byte> key)
    {
        _key = Key.Import(s_algorithm, key, KeyBlobFormat.RawPrivateKey, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        PublicKey = _key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
    }

    /// <summary>The public key, 32 bytes.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    public static X25519PrivateKey Generate(IRandomSource random)
    {
        Span<byte> key = stackalloc byte[Size];
        random.Fill(key);
        try
        {
            return new X25519PrivateKey(key);
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Computes the shared secret. False when the peer's key is malformed or of small order, so that the result would be all zeros.</summary>
    public bool TryAgree(ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
    {
        if (!NSec.Cryptography.PublicKey.TryImport(s_algorithm, peerPublicKey, KeyBlobFormat.RawPublicKey, out PublicKey? peer)) return false;
        using SharedSecret? secret = s_algorithm.Agree(_key, peer!, new SharedSecretCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        if (secret is null) return false;
        bool exported = secret.TryExport(SharedSecretBlobFormat.RawSharedSecret, sharedSecret, out int written);
        return exported && written == SharedSecretSize && sharedSecret[..SharedSecretSize].ContainsAnyExcept((byte)0);
    }

    /// <summary>Writes the 32 bytes of the private key, for the sealed profile.</summary>
    public void Export(Span<byte> destination)
    {
        if (!_key.TryExport(KeyBlobFormat.RawPrivateKey, destination, out int written) || written != Size)
            throw new ArgumentException("The destination must have 32 bytes.", nameof(destination));
    }

    public void Dispose() => _key.Dispose();
}
