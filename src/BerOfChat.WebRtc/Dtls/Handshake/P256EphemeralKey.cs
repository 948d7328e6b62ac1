using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>ECDH over P-256, with points uncompressed (RFC 8422 section 5.4).</summary>
internal sealed class P256EphemeralKey : EphemeralKey
{
    private readonly ECDiffieHellman _key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    public P256EphemeralKey() => PublicKey = P256Point.Encode(_key.ExportParameters(false).Q);

    public override NamedGroup Group => NamedGroup.Secp256r1;

    public override ReadOnlyMemory<byte> PublicKey { get; }

    public override bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> sharedSecret)
    {
        if (!P256Point.TryDecode(peer, out ECParameters parameters)) return false;
        byte[] secret;
        try
        {
            // The framework refuses what does not lie on the curve.
            using ECDiffieHellman other = ECDiffieHellman.Create(parameters);
            using ECDiffieHellmanPublicKey key = other.PublicKey;
            secret = _key.DeriveRawSecretAgreement(key);
        }
        catch (CryptographicException)
        {
            return false;
        }

        secret.CopyTo(sharedSecret);
        CryptographicOperations.ZeroMemory(secret);
        return true;
    }

    public override void Dispose() => _key.Dispose();
}
