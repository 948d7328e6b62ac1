using Org.BouncyCastle.Tls;

namespace BerOfChat.WebRtc.Dtls.BouncyCastle;

/// <summary>The client's part.</summary>
internal sealed class HandshakeClient(HandshakeProfile profile) : DefaultTlsClient(profile.Crypto), TlsAuthentication
{
    public int SelectedCipherSuite => m_context.SecurityParameters.CipherSuite;

    public override TlsAuthentication GetAuthentication() => this;

    public void NotifyServerCertificate(TlsServerCertificate serverCertificate) => profile.TakeRemote(serverCertificate.Certificate);

    public TlsCredentials GetClientCredentials(CertificateRequest certificateRequest) => profile.CreateSigner(m_context);

    public override bool RequiresExtendedMasterSecret() => true;

    public override bool ShouldCheckSigAlgOfPeerCerts() => false;

    public override int GetHandshakeTimeoutMillis() => HandshakeProfile.TimeoutMilliseconds;

    public override int GetHandshakeResendTimeMillis() => HandshakeProfile.ResendTimeMilliseconds;

    protected override ProtocolVersion[] GetSupportedVersions() => HandshakeProfile.Versions;

    protected override int[] GetSupportedCipherSuites() => HandshakeProfile.CipherSuites;

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => HandshakeProfile.Groups;

    protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() => [HandshakeProfile.Signature];
}
