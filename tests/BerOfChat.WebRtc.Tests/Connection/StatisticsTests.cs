using System.Net;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>The statistics against what was really done.</summary>
public sealed class StatisticsTests
{
    private static readonly PeerConnectionOptions s_loopback = new() { BindAddresses = [IPAddress.Loopback] };

    [Fact]
    public async Task Statistics_say_how_two_sides_are_connected_and_agree_with_each_other()
    {
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        for (int i = 0; i < 10; i++) await pair.A.SendAsync(new byte[1000], pair.Token);
        await pair.B.SendAsync("text", pair.Token);
        int received = 0;
        await foreach (DataChannelMessage _ in pair.B.ReadAllAsync(pair.Token))
        {
            if (++received == 10) break;
        }

        await foreach (DataChannelMessage _ in pair.A.ReadAllAsync(pair.Token)) break;
        PeerConnectionStatistics a = await pair.Offerer.GetStatisticsAsync(pair.Token), b = await pair.Answerer.GetStatisticsAsync(pair.Token);

        Assert.True(a.Transport.IsIceControlling && !b.Transport.IsIceControlling);
        Assert.True(!a.Transport.IsDtlsClient && b.Transport.IsDtlsClient);
        Assert.Equal(DtlsTransportState.Connected, a.Transport.DtlsState);
        Assert.Equal("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", a.Transport.DtlsCipher);
        Assert.Equal(a.Transport.DtlsCipher, b.CipherSuite);
        Assert.InRange(a.Transport.SelectedCandidatePairChanges, 1, 2);

        IceCandidatePairStatistics used = a.Transport.SelectedCandidatePair!, seen = b.Transport.SelectedCandidatePair!;
        Assert.Contains(used, a.CandidatePairs);
        Assert.Equal(used.LocalCandidate.ToString(), seen.RemoteCandidate.ToString());
        Assert.Equal(used.RemoteCandidate.ToString(), seen.LocalCandidate.ToString());
        Assert.Equal(IceCandidatePairState.Succeeded, used.State);
        Assert.True(used.Nominated && seen.Nominated);
        Assert.True(used.CurrentRoundTripTime > TimeSpan.Zero && used.TotalRoundTripTime >= used.CurrentRoundTripTime);
        Assert.True(used.RequestsSent >= used.ResponsesReceived && used.ResponsesReceived > 0 && used.ResponsesSent == used.RequestsReceived && used.RequestsReceived > 0);
        Assert.True(used.BytesSent > 10_000 && used.BytesSent == a.Transport.BytesSent && used.PacketsSent == a.Transport.PacketsSent);
        Assert.True(seen.BytesReceived <= used.BytesSent + 1500 && seen.BytesReceived > 10_000 && seen.PacketsReceived > 10);
        Assert.True(a.BytesSent > a.Transport.BytesSent, "Checks are not counted.");
        Assert.Equal("127.0.0.1", Assert.Single(a.LocalCandidates).Address);
        Assert.Equal(("host", "udp"), (a.RemoteCandidates[0].CandidateType, a.RemoteCandidates[0].Protocol));

        DataChannelStatistics sender = Assert.Single(a.DataChannels), receiver = Assert.Single(b.DataChannels);
        Assert.Equal(("boc", 0, DataChannelState.Open), (sender.Label, sender.DataChannelIdentifier, sender.State));
        Assert.Equal((10, 10_000, 1, 4), (sender.MessagesSent, sender.BytesSent, sender.MessagesReceived, sender.BytesReceived));
        Assert.Equal((1, 4, 10, 10_000), (receiver.MessagesSent, receiver.BytesSent, receiver.MessagesReceived, receiver.BytesReceived));
        Assert.Equal((1, 0), (a.DataChannelsOpened, a.DataChannelsClosed));

        SctpTransportStatistics sctp = a.SctpTransport!;
        Assert.True(sctp.SmoothedRoundTripTime > TimeSpan.Zero);
        Assert.True(sctp.CongestionWindow >= sctp.Mtu && sctp.ReceiverWindow > 1_000_000 && sctp.LocalReceiverWindow > 1_000_000);
    }

    [Fact]
    public async Task Statistics_can_be_asked_for_at_any_time()
    {
        PeerConnection connection = new(s_loopback);
        PeerConnectionStatistics fresh = await connection.GetStatisticsAsync();
        Assert.Null(fresh.SctpTransport);
        Assert.Null(fresh.LocalAddress);
        Assert.Equal(DtlsTransportState.New, fresh.Transport.DtlsState);
        await connection.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => connection.GetStatisticsAsync());
    }
}
