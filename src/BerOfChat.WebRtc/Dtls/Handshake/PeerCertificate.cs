using System.Formats.Asn1;
using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>The peer's certificate: its hash, which the description vouches for, and its key. Names, times and who signed it mean nothing here (RFC 8827 section 6.5).</summary>
internal sealed class PeerCertificate : IDisposable
{
    private const string EllipticCurveKey = "1.2.840.10045.2.1";
    private const string P256 = "1.2.840.10045.3.1.7";
    private static readonly Asn1Tag s_version = new(TagClass.ContextSpecific, 0, isConstructed: true);

    private readonly ECDsa _key;

    private PeerCertificate(ECDsa key, byte[] sha256)
    {
        _key = key;
        Sha256 = sha256;
    }

    public byte[] Sha256 { get; }

    /// <summary>Reads a certificate in DER. Null when it is malformed or its key is none of P-256.</summary>
    public static PeerCertificate? TryRead(ReadOnlySpan<byte> encoded)
    {
        try
        {
            return ReadPublicKey(encoded) is { } point && P256Point.TryDecode(point, out ECParameters parameters)
                ? new PeerCertificate(ECDsa.Create(parameters), SHA256.HashData(encoded))
                : null;
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Whether a signature by ECDSA with SHA-256 is of this key.</summary>
    public bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            return _key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public void Dispose() => _key.Dispose();

    // RFC 5280 section 4.1.
    private static byte[]? ReadPublicKey(ReadOnlySpan<byte> encoded)
    {
        AsnReader outer = new(encoded.ToArray(), AsnEncodingRules.DER);
        AsnReader certificate = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        AsnReader content = certificate.ReadSequence();
        if (content.PeekTag().HasSameClassAndValue(s_version)) content.ReadEncodedValue();
        content.ReadIntegerBytes(); // serial number
        content.ReadSequence(); // signature algorithm
        content.ReadSequence(); // issuer
        content.ReadSequence(); // validity
        content.ReadSequence(); // subject
        AsnReader keyInfo = content.ReadSequence();
        AsnReader algorithm = keyInfo.ReadSequence();
        if (algorithm.ReadObjectIdentifier() != EllipticCurveKey || !algorithm.HasData || algorithm.ReadObjectIdentifier() != P256) return null;
        byte[] key = keyInfo.ReadBitString(out int unusedBits);
        return unusedBits == 0 ? key : null;
    }
}
