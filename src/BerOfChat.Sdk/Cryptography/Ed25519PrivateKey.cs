using BerOfChat.Primitives;
using NSec.Cryptography;

namespace BerOfChat.Cryptography;

/// <summary>An Ed25519 signing key (RFC 8032), held as its 32-byte seed. Zeroed when disposed.</summary>
internal sealed class Ed25519PrivateKey : IDisposable
{
    public const int Size = 32;

    private readonly Key _key;

    /// <summary>Takes over a seed of 32 bytes; the caller keeps, and zeroes, its own copy.</summary>
    public Ed25519PrivateKey(ReadOnlySpan<byte> seed)
    {
        _key = Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        PublicKey = _key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
    }

    /// <summary>The public key, 32 bytes.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    public static Ed25519PrivateKey Generate(IRandomSource random)
    {
        Span<byte> seed = stackalloc byte[Size];
        random.Fill(seed);
        try
        {
            return new Ed25519PrivateKey(seed);
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Signs, writing 64 bytes.</summary>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => SignatureAlgorithm.Ed25519.Sign(_key, message, signature);

    /// <summary>Writes the 32 bytes of the seed, for the sealed profile.</summary>
    public void Export(Span<byte> destination)
    {
        if (!_key.TryExport(KeyBlobFormat.RawPrivateKey, destination, out int written) || written != Size)
            throw new ArgumentException("The destination must have 32 bytes.", nameof(destination));
    }

    public void Dispose() => _key.Dispose();
}
