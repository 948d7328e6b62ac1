using BerOfChat.Primitives;
using NSec.Cryptography;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>X25519 (RFC 7748) by libsodium; the framework has none.</summary>
internal sealed class X25519EphemeralKey : EphemeralKey
{
    private const int Size = 32;
    private static readonly KeyAgreementAlgorithm s_algorithm = KeyAgreementAlgorithm.X25519;
    private readonly Key _key;

    public X25519EphemeralKey(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[Size];
        random.Fill(bytes);
        _key = Key.Import(s_algorithm, bytes, KeyBlobFormat.RawPrivateKey);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        PublicKey = _key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
    }

    public override NamedGroup Group => NamedGroup.X25519;

    public override ReadOnlyMemory<byte> PublicKey { get; }

    public override bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> sharedSecret)
    {
        if (!NSec.Cryptography.PublicKey.TryImport(s_algorithm, peer, KeyBlobFormat.RawPublicKey, out PublicKey? key)) return false;
        using SharedSecret? secret = s_algorithm.Agree(_key, key!, new SharedSecretCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        // Points of small order give zeros, whatever our key is.
        return secret is not null && secret.TryExport(SharedSecretBlobFormat.RawSharedSecret, sharedSecret, out int written)
            && written == SharedSecretSize && sharedSecret.ContainsAnyExcept((byte)0);
    }

    public override void Dispose() => _key.Dispose();
}
