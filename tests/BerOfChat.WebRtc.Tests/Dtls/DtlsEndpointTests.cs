using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.WebRtc.Tests.Dtls;

/// <summary>Two endpoints joined in virtual time.</summary>
public sealed class DtlsEndpointTests : IDisposable
{
    private readonly DtlsPair _pair = new();

    public void Dispose() => _pair.Dispose();

    [Fact]
    public void Two_endpoints_connect_with_the_fastest_cipher_and_carry_data_both_ways()
    {
        Connect();
        Assert.Equal(DtlsCipherSuite.All[0].Name, _pair.Client.CipherSuite);
        Assert.Equal(_pair.ServerCertificate.Sha256Fingerprint.ToArray(), _pair.Client.RemoteCertificateSha256.ToArray());
        Assert.Equal(_pair.ClientCertificate.Sha256Fingerprint.ToArray(), _pair.Server.RemoteCertificateSha256.ToArray());
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("ping"u8.ToArray(), _pair.Carry(_pair.Client, _pair.Server, "ping"u8));
            Assert.Equal("pong"u8.ToArray(), _pair.Carry(_pair.Server, _pair.Client, "pong"u8));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_certificate_with_another_fingerprint_fails_and_nothing_is_delivered(bool clientIsDeceived)
    {
        byte[] wrong = new byte[32];
        DtlsEndpoint deceived = clientIsDeceived ? _pair.Client : _pair.Server, other = clientIsDeceived ? _pair.Server : _pair.Client;
        // The alert that says so is lost here, so that the other side goes on.
        _pair.Link.Intercept = (_, datagram) => deceived.State == DtlsState.Failed ? null : datagram;
        _pair.Start(clientIsDeceived ? wrong : _pair.ServerCertificate.Sha256Fingerprint.Span, clientIsDeceived ? _pair.ClientCertificate.Sha256Fingerprint.Span : wrong);
        // A deceived server keeps its last flight back, so its client never gets there.
        Assert.True(_pair.RunUntil(() => deceived.State == DtlsState.Failed && (!clientIsDeceived || other.State == DtlsState.Connected)));

        byte[] record = new byte[200];
        if (clientIsDeceived) deceived.HandleDatagram(record.AsSpan(0, other.Seal("secret"u8, record)), _pair.Now);
        Assert.False(deceived.TryReadApplicationData(_pair.Now, out _));
        Assert.True(deceived.TryReadEvent(out DtlsEvent e));
        Assert.Equal(DtlsEventKind.Failed, e.Kind);
        Assert.Null(deceived.CipherSuite);
        if (clientIsDeceived) return;
        Assert.False(_pair.RunUntil(() => other.State == DtlsState.Connected));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_is_deceived_tells_the_other_that_it_refuses_the_certificate(bool clientIsDeceived)
    {
        byte[] wrong = new byte[32];
        _pair.Start(clientIsDeceived ? wrong : _pair.ServerCertificate.Sha256Fingerprint.Span, clientIsDeceived ? _pair.ClientCertificate.Sha256Fingerprint.Span : wrong);
        DtlsEndpoint other = clientIsDeceived ? _pair.Server : _pair.Client;
        Assert.True(_pair.RunUntil(() => !other.TryReadApplicationData(_pair.Now, out _) && _pair.Client.State == DtlsState.Failed && _pair.Server.State == DtlsState.Failed));
        List<DtlsEvent> events = [];
        while (other.TryReadEvent(out DtlsEvent e)) events.Add(e);
        Assert.Contains(events, e => e is { Kind: DtlsEventKind.Failed, IsRefusal: true } && e.Reason.Contains("42", StringComparison.Ordinal));
    }

    [Fact]
    public void Data_that_overtakes_the_last_flight_waits_for_it()
    {
        List<byte[]> held = [];
        _pair.Link.Intercept = (from, datagram) =>
        {
            // The server's last flight begins with a change of cipher spec.
            if (from == LinkEnd.A || datagram[0] != (byte)DtlsContentType.ChangeCipherSpec) return datagram;
            held.Add(datagram);
            return null;
        };
        _pair.Start();
        Assert.True(_pair.RunUntil(() => _pair.Server.State == DtlsState.Connected && held.Count > 0));
        byte[] record = new byte[200];
        _pair.Client.HandleDatagram(record.AsSpan(0, _pair.Server.Seal("early"u8, record)), _pair.Now);
        Assert.False(_pair.Client.TryReadApplicationData(_pair.Now, out _));

        _pair.Client.HandleDatagram(held[0], _pair.Now);
        Assert.Equal(DtlsState.Connected, _pair.Client.State);
        Assert.True(_pair.Client.TryReadApplicationData(_pair.Now, out ReadOnlySpan<byte> data));
        Assert.True(data.SequenceEqual("early"u8));
    }

    [Fact]
    public void What_follows_the_last_flight_in_its_datagram_is_delivered()
    {
        byte[] buffer = new byte[2048];
        int written = 0;
        _pair.Link.Intercept = (from, datagram) =>
        {
            if (from == LinkEnd.A || datagram[0] != (byte)DtlsContentType.ChangeCipherSpec) return datagram;
            datagram.CopyTo(buffer, 0);
            written = datagram.Length;
            return null;
        };
        _pair.Start();
        Assert.True(_pair.RunUntil(() => written > 0));
        written += _pair.Server.Seal("data"u8, buffer.AsSpan(written));
        _pair.Server.Close();
        written += _pair.Server.WriteDatagram(buffer.AsSpan(written), _pair.Now);
        _pair.Client.HandleDatagram(buffer.AsSpan(0, written), _pair.Now);
        Assert.True(_pair.Client.TryReadApplicationData(_pair.Now, out ReadOnlySpan<byte> data));
        Assert.True(data.SequenceEqual("data"u8));
        Assert.False(_pair.Client.TryReadApplicationData(_pair.Now, out _));
        Assert.Equal(DtlsState.Closed, _pair.Client.State);
    }

    [Fact]
    public void Records_that_share_a_datagram_are_delivered_one_by_one_whatever_becomes_of_its_memory()
    {
        Connect();
        byte[] datagram = new byte[1000];
        int written = 0;
        for (int i = 0; i < 5; i++) written += _pair.Client.Seal([(byte)i, .. "of five"u8], datagram.AsSpan(written));
        // One that is not ours, and one cut short.
        datagram[written - 1] ^= 1;
        written += _pair.Client.Seal("last"u8, datagram.AsSpan(written));
        _pair.Server.HandleDatagram(datagram.AsSpan(0, written + 5), _pair.Now);
        Array.Clear(datagram);

        List<byte[]> received = [];
        while (_pair.Server.TryReadApplicationData(_pair.Now, out ReadOnlySpan<byte> data)) received.Add(data.ToArray());
        Assert.Equal([[0, .. "of five"u8], [1, .. "of five"u8], [2, .. "of five"u8], [3, .. "of five"u8], [.. "last"u8]], received);
    }

    [Fact]
    public void A_record_carries_as_much_as_it_may_and_a_longer_one_is_dropped()
    {
        Connect();
        byte[] longest = new byte[DtlsRecordLayer.MaxPlaintext], record = new byte[DtlsRecordLayer.MaxPlaintext + 1 + DtlsRecordLayer.Overhead];
        longest[^1] = 7;
        int length = _pair.Client.Seal(longest, record);
        _pair.Server.HandleDatagram(record.AsSpan(0, length), _pair.Now);
        Assert.True(_pair.Server.TryReadApplicationData(_pair.Now, out ReadOnlySpan<byte> data));
        Assert.True(data.SequenceEqual(longest));

        // Authentic, and still more than section 6.2.1 of RFC 5246 allows.
        length = _pair.Client.Seal(new byte[DtlsRecordLayer.MaxPlaintext + 1], record);
        Assert.False(_pair.Receives(_pair.Server, record.AsSpan(0, length)));
        Assert.Equal("after"u8.ToArray(), _pair.Carry(_pair.Client, _pair.Server, "after"u8));
    }

    [Fact]
    public void Closing_tells_the_peer()
    {
        Connect();
        _pair.Client.Close();
        Assert.True(_pair.RunUntil(() => !_pair.Server.TryReadApplicationData(_pair.Now, out _) && _pair.Server.State == DtlsState.Closed));
    }

    [Fact]
    public void Replayed_altered_and_random_records_are_dropped()
    {
        Connect();
        byte[] record = new byte[200];
        int length = _pair.Client.Seal("once"u8, record);
        Assert.True(_pair.Receives(_pair.Server, record.AsSpan(0, length)));
        Assert.False(_pair.Receives(_pair.Server, record.AsSpan(0, length)));

        length = _pair.Client.Seal("intact"u8, record);
        for (int i = 0; i < length; i++)
        {
            byte[] altered = record[..length];
            altered[i] ^= 1;
            Assert.False(_pair.Receives(_pair.Server, altered), $"byte {i}");
        }

        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = new byte[random.Next(100)];
            random.NextBytes(bytes);
            if (bytes.Length > 2) bytes[1] = 0xFE;
            Assert.False(_pair.Receives(_pair.Server, bytes));
        }

        Assert.True(_pair.Receives(_pair.Server, record.AsSpan(0, length)));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    public void Sealing_and_opening_allocate_nothing(int keySize)
    {
        using DtlsKeys keys = new()
        {
            CipherSuite = "", WriteKey = new byte[keySize], WriteIv = new byte[4], ReadKey = new byte[keySize], ReadIv = new byte[4], RemoteCertificateSha256 = [], NextWriteSequence = 0, LastFlight = [],
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

    private void Connect()
    {
        _pair.Start();
        Assert.True(_pair.RunUntil(() => _pair.IsConnected));
    }
}
