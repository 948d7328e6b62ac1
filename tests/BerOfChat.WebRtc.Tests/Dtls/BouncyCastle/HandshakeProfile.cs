using BerOfChat.WebRtc.Dtls;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace BerOfChat.WebRtc.Tests.Dtls.BouncyCastle;

/// <summary>What the counterpart offers and accepts.</summary>
internal sealed record HandshakeOffer
{
    public int[] CipherSuites { get; init; } = [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];

    public int[] Groups { get; init; } = [NamedGroup.x25519, NamedGroup.secp256r1];

    public int ResendTimeMilliseconds { get; init; } = 200;

    /// <summary>Whether a server asks for the client's certificate.</summary>
    public bool RequestsCertificate { get; init; } = true;

    public bool HasExtendedMasterSecret { get; init; } = true;
}

/// <summary>What both roles of the counterpart have in common: DTLS 1.2, ECDHE with ECDSA, AES-GCM.</summary>
internal sealed class HandshakeProfile(KeyCapture crypto, DtlsCertificate certificate, HandshakeOffer offer)
{
    public const int TimeoutMilliseconds = 20_000;

    public static readonly SignatureAndHashAlgorithm Signature = new(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa);

    public KeyCapture Crypto { get; } = crypto;

    public HandshakeOffer Offer { get; } = offer;

    /// <summary>The peer's certificate in DER, once the peer has shown it. That it holds the key is proven only when the handshake has ended.</summary>
    public byte[]? RemoteCertificate { get; private set; }

    public static ProtocolVersion[] Versions => ProtocolVersion.DTLSv12.Only();

    public static string NameOf(int cipherSuite) => cipherSuite == CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
        ? "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
        : "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

    public TlsCredentialedSigner CreateSigner(TlsContext context)
    {
        Certificate chain = new([Crypto.CreateCertificate(certificate.Encoded.ToArray())]);
        return new DefaultTlsCredentialedSigner(new TlsCryptoParameters(context), new CertificateSigner(certificate), chain, Signature);
    }

    public void TakeRemote(Certificate chain)
    {
        if (chain is null || chain.IsEmpty) throw new TlsFatalAlert(AlertDescription.bad_certificate);
        RemoteCertificate = chain.GetCertificateAt(0).GetEncoded();
    }
}
