using System.Security.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>What both roles work with: transcript, secrets, the flight in the making, and the peer's certificate.</summary>
internal sealed class HandshakeContext(DtlsCertificate certificate, IRandomSource random, bool isClient) : IDisposable
{
    public IRandomSource Random => random;

    public HandshakeTranscript Transcript { get; } = new();

    public KeySchedule Keys { get; } = new();

    public HandshakeFlight Flight { get; } = new();

    public PeerCertificate? Peer { get; private set; }

    /// <summary>The protection of epoch 1, as soon as its keys are known.</summary>
    public DtlsRecordLayer? Records { get; private set; }

    /// <summary>Whether everything was proven, on both sides.</summary>
    public bool IsComplete { get; set; }

    /// <summary>Adds a message of ours to flight and transcript.</summary>
    public void Say(HandshakeType type, ReadOnlySpan<byte> body) => Transcript.Add(Flight.Add(type, body, isSealed: false));

    public void SayCertificate()
    {
        TlsWriter writer = new();
        CertificateMessages.WriteCertificate(writer, certificate.Encoded.Span);
        Say(HandshakeType.Certificate, writer.Written);
    }

    public byte[] Sign(ReadOnlySpan<byte> data) => certificate.Sign(data);

    /// <summary>Says that from here on everything is sealed, and proves that both sides have seen the same.</summary>
    public void SayFinished()
    {
        Span<byte> proof = stackalloc byte[KeySchedule.VerifyDataSize];
        Keys.WriteVerifyData(isClient, Transcript, proof);
        Flight.AddChangeCipherSpec();
        Transcript.Add(Flight.Add(HandshakeType.Finished, proof, isSealed: true));
    }

    /// <summary>Judges the peer's Finished message, which the transcript does not have yet.</summary>
    public DtlsAlert? CheckFinished(ReadOnlySpan<byte> body)
    {
        Span<byte> proof = stackalloc byte[KeySchedule.VerifyDataSize];
        Keys.WriteVerifyData(!isClient, Transcript, proof);
        if (body.Length != proof.Length) return DtlsAlert.DecodeError;
        return CryptographicOperations.FixedTimeEquals(body, proof) ? null : DtlsAlert.DecryptError;
    }

    /// <summary>Takes the peer's certificate. That it holds the key is proven later.</summary>
    public DtlsAlert? TakeCertificate(ReadOnlySpan<byte> body)
    {
        if (!CertificateMessages.TryReadCertificate(body, out ReadOnlySpan<byte> first)) return DtlsAlert.DecodeError;
        if (first.IsEmpty) return DtlsAlert.HandshakeFailure;
        Peer = PeerCertificate.TryRead(first);
        return Peer is null ? DtlsAlert.UnsupportedCertificate : null;
    }

    /// <summary>Agrees on the secrets; from now on records can be sealed and opened. The transcript must end with the client's key exchange.</summary>
    public DtlsAlert? Agree(EphemeralKey key, ReadOnlySpan<byte> peerPublicKey)
    {
        Span<byte> secret = stackalloc byte[EphemeralKey.SharedSecretSize];
        if (!key.TryAgree(peerPublicKey, secret)) return DtlsAlert.IllegalParameter;
        Keys.Derive(secret, Transcript);
        CryptographicOperations.ZeroMemory(secret);
        using DtlsKeys keys = Keys.CreateKeys(isClient, [], 0, []);
        Records = new DtlsRecordLayer(keys);
        return null;
    }

    public void Dispose()
    {
        Keys.Dispose();
        Peer?.Dispose();
        Records?.Dispose();
    }
}
