using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace BerOfChat.WebRtc.Dtls.BouncyCastle;

/// <summary>What both roles offer and demand: DTLS 1.2, ECDHE with ECDSA, AES-GCM, extended master secret, certificates on both sides.</summary>
internal sealed class HandshakeProfile(KeyCapture crypto, DtlsCertificate certificate)
{
    public const int ResendTimeMilliseconds = 200;
    public const int TimeoutMilliseconds = 20_000;

    public static readonly int[] CipherSuites = [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];
    public static readonly int[] Groups = [NamedGroup.x25519, NamedGroup.secp256r1];
    public static readonly SignatureAndHashAlgorithm Signature = new(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa);

    public KeyCapture Crypto { get; } = crypto;

    /// <summary>The peer's certificate in DER, once the peer has shown it. That it holds the key is proven only when the handshake has ended.</summary>
    public byte[]? RemoteCertificate { get; private set; }

    public static ProtocolVersion[] Versions => ProtocolVersion.DTLSv12.Only();

    public static string NameOf(int cipherSuite) => cipherSuite == CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
        ? "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
        : "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

    public TlsCredentialedSigner CreateSigner(TlsContext context)
    {
        byte[] encodedKey = certificate.ExportPrivateKey();
        AsymmetricKeyParameter key = PrivateKeyFactory.CreateKey(encodedKey);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(encodedKey);
        Certificate chain = new([new BcTlsCertificate(Crypto, certificate.Encoded.ToArray())]);
        return new BcDefaultTlsCredentialedSigner(new TlsCryptoParameters(context), Crypto, key, chain, Signature);
    }

    public void TakeRemote(Certificate chain)
    {
        if (chain is null || chain.IsEmpty) throw new TlsFatalAlert(AlertDescription.bad_certificate);
        RemoteCertificate = chain.GetCertificateAt(0).GetEncoded();
    }
}
