using BerOfChat.WebRtc.Dtls;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace BerOfChat.WebRtc.Tests.Dtls.BouncyCastle;

/// <summary>Lets the counterpart sign with a key that it does not get.</summary>
internal sealed class CertificateSigner(DtlsCertificate certificate) : TlsSigner, TlsStreamSigner
{
    public Stream Stream { get; } = new MemoryStream();

    public byte[] GenerateRawSignature(SignatureAndHashAlgorithm algorithm, byte[] hash) => throw new NotSupportedException();

    public TlsStreamSigner GetStreamSigner(SignatureAndHashAlgorithm algorithm) => this;

    public byte[] GetSignature() => certificate.Sign(((MemoryStream)Stream).ToArray());
}
