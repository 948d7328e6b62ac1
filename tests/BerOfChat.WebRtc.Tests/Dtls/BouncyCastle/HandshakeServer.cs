using Org.BouncyCastle.Tls;

namespace BerOfChat.WebRtc.Tests.Dtls.BouncyCastle;

/// <summary>The server's part.</summary>
internal sealed class HandshakeServer(HandshakeProfile profile) : DefaultTlsServer(profile.Crypto)
{
    public int SelectedCipherSuite => m_context.SecurityParameters.CipherSuite;

    public override CertificateRequest? GetCertificateRequest() =>
        !profile.Offer.RequestsCertificate ? null : new([ClientCertificateType.ecdsa_sign], [HandshakeProfile.Signature], null);

    public override void NotifyClientCertificate(Certificate clientCertificate) => profile.TakeRemote(clientCertificate);

    public override bool RequiresExtendedMasterSecret() => profile.Offer.HasExtendedMasterSecret;

    public override bool ShouldUseExtendedMasterSecret() => profile.Offer.HasExtendedMasterSecret;

    public override bool ShouldCheckSigAlgOfPeerCerts() => false;

    public override int GetHandshakeTimeoutMillis() => HandshakeProfile.TimeoutMilliseconds;

    public override int GetHandshakeResendTimeMillis() => profile.Offer.ResendTimeMilliseconds;

    public override int[] GetSupportedGroups() => profile.Offer.Groups;

    protected override TlsCredentialedSigner GetECDsaSignerCredentials() => profile.CreateSigner(m_context);

    protected override ProtocolVersion[] GetSupportedVersions() => HandshakeProfile.Versions;

    protected override int[] GetSupportedCipherSuites() => profile.Offer.CipherSuites;
}
