using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.BouncyCastle;

namespace BerOfChat.WebRtc.Tests.Dtls;

/// <summary>Two endpoints joined in memory. The handshake keeps real time, so these tests wait for its wake-ups.</summary>
public sealed class DtlsEndpointTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);
    private readonly MonotonicClock _clock = new(TimeProvider.System);
    private readonly SemaphoreSlim _wake = new(0);
    private readonly DtlsCertificate _clientCertificate = DtlsCertificate.Create(new SeededRandomSource(1), DateTimeOffset.UtcNow);
    private readonly DtlsCertificate _serverCertificate = DtlsCertificate.Create(new SeededRandomSource(2), DateTimeOffset.UtcNow);
    private readonly DtlsEndpoint _client;
    private readonly DtlsEndpoint _server;
    private Func<bool, byte[], bool> _passes = (_, _) => true;

    public DtlsEndpointTests()
    {
        _client = new DtlsEndpoint(new BouncyCastleHandshake(_clientCertificate, () => _wake.Release()));
        _server = new DtlsEndpoint(new BouncyCastleHandshake(_serverCertificate, () => _wake.Release()));
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _clientCertificate.Dispose();
        _serverCertificate.Dispose();
    }

    [Fact]
    public async Task Two_endpoints_connect_with_the_strong_cipher_and_carry_data_both_ways()
    {
        Start();
        await PumpUntilAsync(() => _client.State == DtlsState.Connected && _server.State == DtlsState.Connected);
        Assert.Equal("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", _client.CipherSuite);
        Assert.Equal(_serverCertificate.Sha256Fingerprint.ToArray(), _client.RemoteCertificateSha256.ToArray());
        Assert.Equal(_clientCertificate.Sha256Fingerprint.ToArray(), _server.RemoteCertificateSha256.ToArray());
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("ping"u8.ToArray(), Carry(_client, _server, "ping"u8));
            Assert.Equal("pong"u8.ToArray(), Carry(_server, _client, "pong"u8));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Any_lost_datagram_of_the_handshake_is_repeated(int lost)
    {
        int number = 0;
        _passes = (_, _) => Interlocked.Increment(ref number) - 1 != lost;
        Start();
        await PumpUntilAsync(() => _client.State == DtlsState.Connected && _server.State == DtlsState.Connected);
        Assert.Equal("x"u8.ToArray(), Carry(_client, _server, "x"u8));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_certificate_with_another_fingerprint_fails_and_nothing_is_delivered(bool clientIsDeceived)
    {
        byte[] wrong = new byte[32];
        _client.Start(true, clientIsDeceived ? wrong : _serverCertificate.Sha256Fingerprint.Span, _clock.Now);
        _server.Start(false, clientIsDeceived ? _clientCertificate.Sha256Fingerprint.Span : wrong, _clock.Now);
        DtlsEndpoint deceived = clientIsDeceived ? _client : _server, other = clientIsDeceived ? _server : _client;
        // The alert that says so is lost here, so that the other side goes on.
        _passes = (_, _) => deceived.State != DtlsState.Failed;
        // A deceived server keeps its last flight back, so its client never gets there.
        await PumpUntilAsync(() => deceived.State == DtlsState.Failed && (!clientIsDeceived || other.State == DtlsState.Connected));

        byte[] record = new byte[200];
        if (clientIsDeceived) deceived.HandleDatagram(record.AsSpan(0, other.Seal("secret"u8, record)), _clock.Now);
        Assert.False(deceived.TryReadApplicationData(_clock.Now, out _));
        Assert.True(deceived.TryReadEvent(out DtlsEvent e));
        Assert.Equal(DtlsEventKind.Failed, e.Kind);
        Assert.Null(deceived.CipherSuite);
    }

    [Fact]
    public async Task A_deceived_client_tells_its_server_that_it_refuses_the_certificate()
    {
        _client.Start(true, new byte[32], _clock.Now);
        _server.Start(false, _clientCertificate.Sha256Fingerprint.Span, _clock.Now);
        await PumpUntilAsync(() =>
        {
            _server.TryReadApplicationData(_clock.Now, out _);
            return _client.State == DtlsState.Failed && _server.State == DtlsState.Failed;
        });
        List<DtlsEvent> events = [];
        while (_server.TryReadEvent(out DtlsEvent e)) events.Add(e);
        Assert.Contains(events, e => e is { Kind: DtlsEventKind.Failed, IsRefusal: true } && e.Reason.Contains("42", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Data_that_overtakes_the_last_flight_waits_for_it()
    {
        List<byte[]> held = [];
        bool hold = true;
        _passes = (fromClient, datagram) =>
        {
            // The server's last flight begins with a change of cipher spec.
            if (fromClient || !hold || datagram[0] != (byte)DtlsContentType.ChangeCipherSpec) return true;
            held.Add(datagram);
            return false;
        };
        Start();
        await PumpUntilAsync(() => _server.State == DtlsState.Connected && held.Count > 0);
        byte[] record = new byte[200];
        _client.HandleDatagram(record.AsSpan(0, _server.Seal("early"u8, record)), _clock.Now);
        Assert.False(_client.TryReadApplicationData(_clock.Now, out _));

        hold = false;
        foreach (byte[] datagram in held) _client.HandleDatagram(datagram, _clock.Now);
        await PumpUntilAsync(() => _client.State == DtlsState.Connected);
        Assert.True(_client.TryReadApplicationData(_clock.Now, out ReadOnlySpan<byte> data));
        Assert.True(data.SequenceEqual("early"u8));
    }

    [Fact]
    public async Task Closing_tells_the_peer()
    {
        Start();
        await PumpUntilAsync(() => _client.State == DtlsState.Connected && _server.State == DtlsState.Connected);
        _client.Close();
        Pump(_client, _server, true);
        Assert.False(_server.TryReadApplicationData(_clock.Now, out _));
        Assert.Equal(DtlsState.Closed, _server.State);
    }

    [Fact]
    public async Task Replayed_altered_and_random_records_are_dropped()
    {
        Start();
        await PumpUntilAsync(() => _client.State == DtlsState.Connected && _server.State == DtlsState.Connected);
        byte[] record = new byte[200];
        int length = _client.Seal("once"u8, record);
        Assert.True(Receives(_server, record.AsSpan(0, length)));
        Assert.False(Receives(_server, record.AsSpan(0, length)));

        length = _client.Seal("intact"u8, record);
        for (int i = 0; i < length; i++)
        {
            byte[] altered = record[..length];
            altered[i] ^= 1;
            Assert.False(Receives(_server, altered), $"byte {i}");
        }

        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = new byte[random.Next(100)];
            random.NextBytes(bytes);
            if (bytes.Length > 2) bytes[1] = 0xFE;
            Assert.False(Receives(_server, bytes));
        }

        Assert.True(Receives(_server, record.AsSpan(0, length)));
    }

    [Fact]
    public async Task Sealing_and_opening_allocate_nothing()
    {
        Start();
        await PumpUntilAsync(() => _client.State == DtlsState.Connected);
        using DtlsKeys keys = new()
        {
            CipherSuite = "", WriteKey = new byte[32], WriteIv = new byte[4], ReadKey = new byte[32], ReadIv = new byte[4], RemoteCertificateSha256 = [], NextWriteSequence = 0, LastFlight = [],
        };
        using DtlsRecordLayer records = new(keys);
        byte[] packet = new byte[1200], record = new byte[1300], opened = new byte[1300];
        long before = 0;
        for (int i = 0; i < 200; i++)
        {
            if (i == 100) before = GC.GetAllocatedBytesForCurrentThread();
            int length = records.Seal(DtlsContentType.ApplicationData, packet, record);
            DtlsRecordHeader.TryRead(record.AsSpan(0, length), out DtlsRecordHeader header, out ReadOnlySpan<byte> whole);
            if (!records.TryOpen(header, whole, opened, out _)) Assert.Fail("A record of ours does not open.");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_replay_window_accepts_reordering_and_refuses_what_is_old()
    {
        ReplayWindow window = new();
        window.Add(5000);
        Assert.False(window.IsFresh(5000));
        Assert.True(window.IsFresh(5000 - ReplayWindow.Size + 1));
        Assert.False(window.IsFresh(5000 - ReplayWindow.Size));
        window.Add(4500);
        Assert.False(window.IsFresh(4500));
        window.Add(100_000);
        Assert.True(window.IsFresh(99_999));
    }

    private void Start()
    {
        _client.Start(true, _serverCertificate.Sha256Fingerprint.Span, _clock.Now);
        _server.Start(false, _clientCertificate.Sha256Fingerprint.Span, _clock.Now);
    }

    private bool Receives(DtlsEndpoint endpoint, ReadOnlySpan<byte> datagram)
    {
        endpoint.HandleDatagram(datagram, _clock.Now);
        return endpoint.TryReadApplicationData(_clock.Now, out _);
    }

    private byte[] Carry(DtlsEndpoint from, DtlsEndpoint to, ReadOnlySpan<byte> packet)
    {
        byte[] record = new byte[300];
        to.HandleDatagram(record.AsSpan(0, from.Seal(packet, record)), _clock.Now);
        Assert.True(to.TryReadApplicationData(_clock.Now, out ReadOnlySpan<byte> data));
        return data.ToArray();
    }

    private async Task PumpUntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource patience = new(s_patience);
        while (true)
        {
            Pump(_client, _server, true);
            Pump(_server, _client, false);
            if (condition()) return;
            await _wake.WaitAsync(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }

    private void Pump(DtlsEndpoint from, DtlsEndpoint to, bool fromClient)
    {
        byte[] buffer = new byte[2048];
        while (from.WriteDatagram(buffer, _clock.Now) is > 0 and int length)
        {
            if (_passes(fromClient, buffer[..length])) to.HandleDatagram(buffer.AsSpan(0, length), _clock.Now);
        }
    }
}
