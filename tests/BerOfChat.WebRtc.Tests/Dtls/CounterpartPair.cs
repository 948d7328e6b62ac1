using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;
using BerOfChat.WebRtc.Tests.Dtls.BouncyCastle;

namespace BerOfChat.WebRtc.Tests.Dtls;

/// <summary>An endpoint with our handshake and one with BouncyCastle's, joined in memory.</summary>
internal sealed class CounterpartPair : IDisposable
{
    private readonly MonotonicClock _clock = new(TimeProvider.System);
    private readonly SemaphoreSlim _wake = new(0);
    private readonly DtlsCertificate _ourCertificate;
    private readonly DtlsCertificate _theirCertificate;
    private readonly BouncyCastleHandshake _counterpart;
    private readonly bool _weAreClient;

    public CounterpartPair(bool weAreClient, HandshakeOffer offer, int seed, int maxDatagram = HandshakeLimits.MaxDatagramSize)
    {
        SeededRandomSource random = new(seed);
        _weAreClient = weAreClient;
        _ourCertificate = DtlsCertificate.Create(random, DateTimeOffset.UtcNow);
        _theirCertificate = DtlsCertificate.Create(random, DateTimeOffset.UtcNow);
        _counterpart = new BouncyCastleHandshake(_theirCertificate, offer, () => _wake.Release());
        OurHandshake = new DtlsHandshake(_ourCertificate, random) { MaxDatagramSize = maxDatagram };
        Ours = new DtlsEndpoint(OurHandshake);
        Theirs = new DtlsEndpoint(_counterpart);
    }

    public DtlsHandshake OurHandshake { get; }

    public DtlsEndpoint Ours { get; }

    public DtlsEndpoint Theirs { get; }

    public Exception? Thrown => _counterpart.Thrown;

    /// <summary>Says what becomes of the datagrams that are on the way together; told whether they are ours.</summary>
    public Func<bool, List<byte[]>, List<byte[]>>? Intercept { get; init; }

    /// <summary>Shuffles and repeats datagrams that are on the way together.</summary>
    public Random? Shuffle { get; init; }

    public Task<bool> ConnectAsync(TimeSpan patience) => RunAsync(() => Ours.State == DtlsState.Connected && Theirs.State == DtlsState.Connected, patience);

    public async Task<bool> RunAsync(Func<bool> condition, TimeSpan patience)
    {
        Ours.Start(_weAreClient, _theirCertificate.Sha256Fingerprint.Span, _clock.Now);
        Theirs.Start(!_weAreClient, _ourCertificate.Sha256Fingerprint.Span, _clock.Now);
        using CancellationTokenSource end = new(patience);
        while (!condition())
        {
            if (Ours.NextTimeout <= _clock.Now) Ours.HandleTimeout(_clock.Now);
            bool moved = Pump(Ours, Theirs, isOurs: true);
            moved |= Pump(Theirs, Ours, isOurs: false);
            if (moved) continue;
            TimeSpan wait = Ours.NextTimeout is { } due ? due - _clock.Now : TimeSpan.FromMilliseconds(20);
            if (wait <= TimeSpan.Zero) continue;
            try
            {
                await _wake.WaitAsync(wait < TimeSpan.FromMilliseconds(20) ? wait : TimeSpan.FromMilliseconds(20), end.Token);
            }
            catch (OperationCanceledException)
            {
                return condition();
            }
        }

        return true;
    }

    public void AssertCarries()
    {
        Assert.Equal("ping"u8.ToArray(), Carry(Ours, Theirs, "ping"u8));
        Assert.Equal("pong"u8.ToArray(), Carry(Theirs, Ours, "pong"u8));
        Assert.Equal(_theirCertificate.Sha256Fingerprint.ToArray(), Ours.RemoteCertificateSha256.ToArray());
    }

    public void Dispose()
    {
        Ours.Dispose();
        Theirs.Dispose();
        _ourCertificate.Dispose();
    }

    private byte[] Carry(DtlsEndpoint from, DtlsEndpoint to, ReadOnlySpan<byte> packet)
    {
        byte[] record = new byte[300];
        to.HandleDatagram(record.AsSpan(0, from.Seal(packet, record)), _clock.Now);
        return to.TryReadApplicationData(_clock.Now, out ReadOnlySpan<byte> data) ? data.ToArray() : [];
    }

    private bool Pump(DtlsEndpoint from, DtlsEndpoint to, bool isOurs)
    {
        byte[] buffer = new byte[2048];
        List<byte[]> datagrams = [];
        while (from.WriteDatagram(buffer, _clock.Now) is > 0 and int length) datagrams.Add(buffer[..length]);
        if (datagrams.Count == 0) return false;
        if (Intercept is not null) datagrams = Intercept(isOurs, datagrams);
        if (Shuffle is { } random)
        {
            if (random.Next(4) == 0 && datagrams.Count > 0) datagrams.Add(datagrams[random.Next(datagrams.Count)]);
            datagrams = [.. datagrams.OrderBy(_ => random.Next())];
        }

        foreach (byte[] datagram in datagrams) to.HandleDatagram(datagram, _clock.Now);
        return true;
    }
}
