using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Dtls;

/// <summary>What a finished handshake leaves: the keys of both directions, and whose certificate it was.</summary>
internal sealed class DtlsKeys : IDisposable
{
    /// <summary>The name as IANA registers it.</summary>
    public required string CipherSuite { get; init; }

    public required byte[] WriteKey { get; init; }

    public required byte[] WriteIv { get; init; }

    public required byte[] ReadKey { get; init; }

    public required byte[] ReadIv { get; init; }

    /// <summary>SHA-256 of the certificate whose key the peer has proven to hold.</summary>
    public required byte[] RemoteCertificateSha256 { get; init; }

    /// <summary>The first sequence number of epoch 1 that the handshake has not used.</summary>
    public required ulong NextWriteSequence { get; init; }

    /// <summary>Our last flight, when it was the handshake's last one: sent again if the peer repeats itself.</summary>
    public required IReadOnlyList<byte[]> LastFlight { get; init; }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(WriteKey);
        CryptographicOperations.ZeroMemory(WriteIv);
        CryptographicOperations.ZeroMemory(ReadKey);
        CryptographicOperations.ZeroMemory(ReadIv);
    }
}
