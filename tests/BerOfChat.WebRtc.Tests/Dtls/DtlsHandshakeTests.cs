using System.Buffers.Binary;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.WebRtc.Tests.Dtls;

/// <summary>Two handshakes of ours in virtual time: flights that are lost, repeated, shuffled and cut to pieces.</summary>
public sealed class DtlsHandshakeTests
{
    [Fact]
    public void They_connect_on_any_network_from_every_seed()
    {
        foreach (int seed in Seeds.Take(200, 2000))
        {
            Random random = new(seed * 31);
            using DtlsPair pair = new(seed, LinkConditions.Rough(seed, TimeSpan.FromMilliseconds(300)), Datagram(random), Datagram(random));
            pair.Start();
            Assert.True(pair.RunUntil(() => pair.IsConnected), $"seed {seed} ({Seeds.Variable}={seed}): client {pair.Client.State}, server {pair.Server.State}; {pair.Link.Conditions}");
            Assert.Equal("ping"u8.ToArray(), pair.Carry(pair.Client, pair.Server, "ping"u8));
            Assert.Equal("pong"u8.ToArray(), pair.Carry(pair.Server, pair.Client, "pong"u8));
        }

        static int Datagram(Random random) => random.Next(2) == 0 ? HandshakeLimits.MaxDatagramSize : random.Next(110, 600);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    public void Any_flight_that_is_lost_three_times_is_repeated(bool ofClient, int flight)
    {
        using DtlsPair pair = new();
        int flights = 0, lost = 0;
        pair.Link.Intercept = (end, datagram) =>
        {
            if ((end == LinkEnd.A) != ofClient || ++flights < flight || lost == 3) return datagram;
            lost++;
            return null;
        };
        pair.Start();
        Assert.True(pair.RunUntil(() => pair.IsConnected));
        Assert.Equal(3, lost);
        Assert.True(pair.Now.SinceStart < TimeSpan.FromSeconds(3), pair.Now.ToString());
    }

    [Fact]
    public void Nobody_repeats_anything_on_a_network_that_loses_nothing()
    {
        using DtlsPair pair = new();
        pair.Start();
        Assert.True(pair.RunUntil(() => pair.IsConnected));
        Assert.Equal(4, pair.Link.Sent);
        Assert.Equal(0, pair.ClientHandshake.Repeated + pair.ServerHandshake.Repeated + pair.ClientHandshake.Dropped + pair.ServerHandshake.Dropped);
        Assert.Equal(TimeSpan.FromMilliseconds(20), pair.Now.SinceStart);
    }

    [Fact]
    public void A_hello_that_nobody_hears_is_repeated_at_doubling_intervals()
    {
        using DtlsPair pair = new();
        List<MonotonicTime> sent = [];
        pair.Link.Intercept = (_, _) =>
        {
            sent.Add(pair.Now);
            return null;
        };
        pair.Start();
        Assert.False(pair.RunUntil(() => pair.Client.State == DtlsState.Connected));
        Assert.Equal(DtlsState.Failed, pair.Client.State);
        double[] expected = [0, 200, 600, 1400, 3000, 6000, 9000, 12_000, 15_000, 18_000];
        Assert.Equal(expected, sent.Select(at => at.SinceStart.TotalMilliseconds));
    }

    [Fact]
    public void A_hello_that_arrives_again_and_again_is_answered_only_so_often()
    {
        using DtlsPair pair = new();
        pair.Start();
        byte[] hello = new byte[2048];
        int length = pair.Client.WriteDatagram(hello, pair.Now);
        byte[] buffer = new byte[2048];
        int answers = 0;
        for (int i = 0; i < 100; i++)
        {
            // A millisecond between them.
            MonotonicTime now = pair.Now + TimeSpan.FromMilliseconds(i);
            pair.Server.HandleDatagram(hello.AsSpan(0, length), now);
            while (pair.Server.WriteDatagram(buffer, now) > 0) answers++;
        }

        Assert.Equal(2, answers);
    }

    [Fact]
    public void A_flight_in_reverse_order_is_understood()
    {
        using DtlsPair pair = new(clientDatagram: 120, serverDatagram: 120);
        List<byte[]> held = [];
        pair.Link.Intercept = (_, datagram) =>
        {
            held.Add(datagram);
            return null;
        };
        pair.Start();
        for (LinkEnd to = LinkEnd.B; !pair.IsConnected; to = to.Other())
        {
            // Not the other side's timer, which would repeat.
            pair.RunUntil(() => held.Count > 0, TimeSpan.Zero);
            Assert.NotEmpty(held);
            byte[][] flight = [.. held];
            held.Clear();
            foreach (byte[] datagram in flight.Reverse()) (to == LinkEnd.B ? pair.Server : pair.Client).HandleDatagram(datagram, pair.Now);
            pair.RunUntil(() => true);
        }

        Assert.Equal(0, pair.ClientHandshake.Dropped + pair.ServerHandshake.Dropped);
        Assert.Equal(0, pair.ClientHandshake.Repeated + pair.ServerHandshake.Repeated);
    }

    [Fact]
    public void Random_datagrams_in_between_are_dropped_and_counted_and_change_nothing()
    {
        using DtlsPair pair = new();
        Random random = new(1);
        pair.Start();
        Assert.True(pair.RunUntil(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                byte[] bytes = new byte[random.Next(13, 80)];
                random.NextBytes(bytes);
                (bytes[0], bytes[1], bytes[2]) = ((byte)random.Next(19, 25), 0xFE, 0xFD);
                // A known epoch, a length that fits, and no fatal alert: that one would be believed.
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(3), (ushort)random.Next(3));
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(11), (ushort)(bytes.Length - DtlsRecordHeader.Size));
                if (bytes[0] == (byte)DtlsContentType.Alert && bytes.Length == DtlsRecordHeader.Size + 2) continue;
                if (pair.Client.State == DtlsState.Connecting) pair.Client.HandleDatagram(bytes, pair.Now);
                if (pair.Server.State == DtlsState.Connecting) pair.Server.HandleDatagram(bytes, pair.Now);
            }

            return pair.IsConnected;
        }));
        Assert.True(pair.ClientHandshake.Dropped > 100 && pair.ServerHandshake.Dropped > 100);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_handshake_that_fails_tells_the_other_side_why(bool clientRefuses)
    {
        using DtlsPair pair = new();
        pair.Link.Intercept = (from, datagram) =>
        {
            // Version 1.0 in the hello of the other one.
            if ((from == LinkEnd.B) == clientRefuses && datagram[0] == (byte)DtlsContentType.Handshake && datagram[13] is 1 or 2) datagram[26] = 0xFF;
            return datagram;
        };
        pair.Start();
        Assert.True(pair.RunUntil(() => pair.Client.State == DtlsState.Failed && pair.Server.State == DtlsState.Failed));
        DtlsHandshake refusing = clientRefuses ? pair.ClientHandshake : pair.ServerHandshake, refused = clientRefuses ? pair.ServerHandshake : pair.ClientHandshake;
        Assert.Equal(new DtlsHandshakeFailure(DtlsAlert.ProtocolVersion, IsFromPeer: false), refusing.Failure);
        Assert.Equal(new DtlsHandshakeFailure(DtlsAlert.ProtocolVersion, IsFromPeer: true), refused.Failure);
    }

    [Theory]
    [InlineData((byte)HandshakeType.ClientHello)]
    [InlineData((byte)HandshakeType.HelloRequest)]
    public void Who_wants_to_negotiate_anew_is_told_that_nobody_does(byte type)
    {
        using DtlsCertificate certificate = DtlsCertificate.Create(new SeededRandomSource(1), DateTimeOffset.UnixEpoch);
        using DtlsHandshake client = new(certificate, new SeededRandomSource(2));
        using DtlsEndpoint server = new(new DtlsHandshake(certificate, new SeededRandomSource(3)));
        server.Start(false, certificate.Sha256Fingerprint.Span, MonotonicTime.Zero);
        client.Start(true, MonotonicTime.Zero);
        byte[] buffer = new byte[2048];
        int length;
        while (client.Status == DtlsHandshakeStatus.InProgress)
        {
            while ((length = client.WriteDatagram(buffer)) > 0) server.HandleDatagram(buffer.AsSpan(0, length), MonotonicTime.Zero);
            while ((length = server.WriteDatagram(buffer, MonotonicTime.Zero)) > 0) client.HandleDatagram(buffer.AsSpan(0, length), MonotonicTime.Zero);
        }

        Assert.True(client.TryTakeKeys(out DtlsKeys? keys));
        using DtlsRecordLayer records = new(keys!);
        keys!.Dispose();
        byte[] message = new byte[60];
        HandshakeFragment.WriteHeader(message, (HandshakeType)type, 7, 48, 0, 48);
        MonotonicTime later = MonotonicTime.Zero + TimeSpan.FromSeconds(1);
        server.HandleDatagram(buffer.AsSpan(0, records.Seal(DtlsContentType.Handshake, message, buffer)), later);
        Assert.False(server.TryReadApplicationData(later, out _));
        Assert.Equal(DtlsState.Connected, server.State);

        length = server.WriteDatagram(buffer, later);
        Assert.True(DtlsRecordHeader.TryRead(buffer.AsSpan(0, length), out DtlsRecordHeader header, out ReadOnlySpan<byte> answer));
        byte[] alert = new byte[100];
        Assert.True(records.TryOpen(header, answer, alert, out int size));
        Assert.Equal(DtlsContentType.Alert, header.Type);
        Assert.Equal([1, (byte)DtlsAlert.NoRenegotiation], alert[..size]);
        Assert.Equal(0, server.WriteDatagram(buffer, later));
    }
}
