using Org.BouncyCastle.Tls;

namespace BerOfChat.WebRtc.Dtls.BouncyCastle;

/// <summary>The server's part.</summary>
internal sealed class HandshakeServer(HandshakeProfile profile) : DefaultTlsServer(profile.Crypto)
{
    public int SelectedCipherSuite => m_context.SecurityParameters.CipherSuite;

    public override CertificateRequest GetCertificateRequest() =>
        new([ClientCertificateType.ecdsa_sign], [HandshakeProfile.Signature], null);

    public override void NotifyClientCertificate(Certificate clientCertificate) => profile.TakeRemote(clientCertificate);

    public override bool RequiresExtendedMasterSecret() => true;

    public override bool ShouldCheckSigAlgOfPeerCerts() => false;

    public override int GetHandshakeTimeoutMillis() => HandshakeProfile.TimeoutMilliseconds;

    public override int GetHandshakeResendTimeMillis() => HandshakeProfile.ResendTimeMilliseconds;

    public override int[] GetSupportedGroups() => HandshakeProfile.Groups;

    protected override TlsCredentialedSigner GetECDsaSignerCredentials() => profile.CreateSigner(m_context);

    protected override ProtocolVersion[] GetSupportedVersions() => HandshakeProfile.Versions;

    protected override int[] GetSupportedCipherSuites() => HandshakeProfile.CipherSuites;
}
