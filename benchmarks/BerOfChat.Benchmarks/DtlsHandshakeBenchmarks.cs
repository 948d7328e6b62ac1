extern alias WebRtc;

using BenchmarkDotNet.Attributes;
using WebRtc::BerOfChat.Primitives;
using WebRtc::BerOfChat.WebRtc.Dtls;
using WebRtc::BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.Benchmarks;

/// <summary>The DTLS handshake of a connection, both ends together: four flights with certificates on both sides; and what it is made of.</summary>
public class DtlsHandshakeBenchmarks : IDisposable
{
    private readonly IRandomSource _random = CryptographicRandomSource.Instance;
    private readonly DtlsCertificate _client = DtlsCertificate.Create(CryptographicRandomSource.Instance, DateTimeOffset.UnixEpoch);
    private readonly DtlsCertificate _server = DtlsCertificate.Create(CryptographicRandomSource.Instance, DateTimeOffset.UnixEpoch);
    private readonly byte[] _buffer = new byte[HandshakeLimits.MaxDatagramSize];

    [GlobalCleanup]
    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int Handshake()
    {
        using DtlsHandshake client = new(_client, _random), server = new(_server, _random);
        server.Start(isClient: false, MonotonicTime.Zero);
        client.Start(isClient: true, MonotonicTime.Zero);
        while (client.Status == DtlsHandshakeStatus.InProgress)
        {
            Pass(client, server);
            Pass(server, client);
        }

        if (!client.TryTakeKeys(out DtlsKeys? keys)) throw new InvalidOperationException("The handshake failed.");
        int size = keys!.WriteKey.Length;
        keys.Dispose();
        return size;
    }

    /// <summary>Each connection makes one for each of its ends.</summary>
    [Benchmark]
    public int CreateCertificate()
    {
        using DtlsCertificate certificate = DtlsCertificate.Create(_random, DateTimeOffset.UnixEpoch);
        return certificate.Encoded.Length;
    }

    [Benchmark]
    public bool AgreeByX25519() => Agree(NamedGroup.X25519);

    [Benchmark]
    public bool AgreeByP256() => Agree(NamedGroup.Secp256r1);

    private bool Agree(NamedGroup group)
    {
        using EphemeralKey client = EphemeralKey.Create(group, _random), server = EphemeralKey.Create(group, _random);
        Span<byte> secret = stackalloc byte[EphemeralKey.SharedSecretSize];
        return client.TryAgree(server.PublicKey.Span, secret) && server.TryAgree(client.PublicKey.Span, secret);
    }

    private void Pass(DtlsHandshake from, DtlsHandshake to)
    {
        while (from.WriteDatagram(_buffer) is > 0 and int length) to.HandleDatagram(_buffer.AsSpan(0, length), MonotonicTime.Zero);
    }
}
