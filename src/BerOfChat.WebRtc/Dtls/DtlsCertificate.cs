using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls;

/// <summary>A self-signed ECDSA P-256 certificate, made for one connection: reusing one would link a person's connections.</summary>
internal sealed class DtlsCertificate : IDisposable
{
    private const string SubjectName = "CN=WebRTC";
    private static readonly TimeSpan s_before = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_after = TimeSpan.FromDays(30);

    private readonly ECDsa _key;

    private DtlsCertificate(ECDsa key, byte[] encoded)
    {
        _key = key;
        Encoded = encoded;
        Sha256Fingerprint = SHA256.HashData(encoded);
    }

    /// <summary>The certificate in DER.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>What a description says of it: 32 bytes.</summary>
    public ReadOnlyMemory<byte> Sha256Fingerprint { get; }

    public static DtlsCertificate Create(IRandomSource random, DateTimeOffset now)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(SubjectName, key, HashAlgorithmName.SHA256);
        byte[] serial = new byte[16];
        random.Fill(serial);
        serial[0] &= 0x7F;
        using X509Certificate2 certificate = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - s_before, now + s_after, serial);
        return new DtlsCertificate(key, certificate.RawData);
    }

    /// <summary>The private key in PKCS #8, for the handshake; the caller zeroes it.</summary>
    public byte[] ExportPrivateKey() => _key.ExportPkcs8PrivateKey();

    public void Dispose() => _key.Dispose();
}
