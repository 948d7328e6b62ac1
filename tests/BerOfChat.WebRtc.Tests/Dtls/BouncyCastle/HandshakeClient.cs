using Org.BouncyCastle.Tls;

namespace BerOfChat.WebRtc.Tests.Dtls.BouncyCastle;

/// <summary>The client's part.</summary>
internal sealed class HandshakeClient(HandshakeProfile profile) : DefaultTlsClient(profile.Crypto), TlsAuthentication
{
    public int SelectedCipherSuite => m_context.SecurityParameters.CipherSuite;

    public override TlsAuthentication GetAuthentication() => this;

    public void NotifyServerCertificate(TlsServerCertificate serverCertificate) => profile.TakeRemote(serverCertificate.Certificate);

    public TlsCredentials GetClientCredentials(CertificateRequest certificateRequest) => profile.CreateSigner(m_context);

    public override bool RequiresExtendedMasterSecret() => profile.Offer.HasExtendedMasterSecret;

    public override bool ShouldUseExtendedMasterSecret() => profile.Offer.HasExtendedMasterSecret;

    public override bool ShouldCheckSigAlgOfPeerCerts() => false;

    public override int GetHandshakeTimeoutMillis() => HandshakeProfile.TimeoutMilliseconds;

    public override int GetHandshakeResendTimeMillis() => profile.Offer.ResendTimeMilliseconds;

    protected override ProtocolVersion[] GetSupportedVersions() => HandshakeProfile.Versions;

    protected override int[] GetSupportedCipherSuites() => profile.Offer.CipherSuites;

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => profile.Offer.Groups;

    protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() => [HandshakeProfile.Signature];
}
