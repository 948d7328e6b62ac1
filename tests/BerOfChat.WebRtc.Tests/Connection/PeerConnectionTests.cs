using System.Net;
using System.Net.Sockets;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>Two connections over real UDP on loopback.</summary>
public sealed class PeerConnectionTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly PeerConnectionOptions s_loopback = new() { BindAddresses = [IPAddress.Loopback] };

    [Fact]
    public async Task Two_connections_exchange_text_and_bytes_of_every_size()
    {
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        IAsyncEnumerator<DataChannelMessage> received = pair.B.ReadAllAsync(pair.Token).GetAsyncEnumerator();
        foreach (int size in new[] { 0, 1, 1000, 16_384, 65_536, 262_144 })
        {
            byte[] bytes = new byte[size];
            new Random(size).NextBytes(bytes);
            await pair.A.SendAsync(bytes, pair.Token);
            Assert.True(await received.MoveNextAsync());
            Assert.Equal(DataChannelMessageKind.Binary, received.Current.Kind);
            Assert.True(received.Current.Payload.Span.SequenceEqual(bytes));

            string text = new('ü', size / 2);
            await pair.A.SendAsync(text, pair.Token);
            Assert.True(await received.MoveNextAsync());
            Assert.Equal(DataChannelMessageKind.Text, received.Current.Kind);
            Assert.Equal(text, received.Current.Text);
        }

        PeerConnectionStatistics statistics = await pair.Offerer.GetStatisticsAsync(pair.Token);
        Assert.Equal("host", statistics.LocalCandidateType);
        Assert.Equal("host", statistics.RemoteCandidateType);
        Assert.Equal("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", statistics.CipherSuite);
        Assert.Equal(pair.Offerer.LocalFingerprint.ToArray(), pair.Answerer.RemoteFingerprint.ToArray());
        Assert.Equal(pair.Answerer.LocalFingerprint.ToArray(), pair.Offerer.RemoteFingerprint.ToArray());
    }

    [Fact]
    public async Task Many_messages_arrive_in_order_both_ways_at_once()
    {
        const int count = 2000;
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        await Task.WhenAll(SendAsync(pair.A), SendAsync(pair.B), ReadAsync(pair.A), ReadAsync(pair.B));

        async Task SendAsync(DataChannel channel)
        {
            for (int i = 0; i < count; i++) await channel.SendAsync($"message {i}", pair.Token);
        }

        async Task ReadAsync(DataChannel channel)
        {
            int i = 0;
            await foreach (DataChannelMessage message in channel.ReadAllAsync(pair.Token))
            {
                Assert.Equal($"message {i}", message.Text);
                if (++i == count) return;
            }

            Assert.Fail($"The channel ended after {i} messages.");
        }
    }

    [Fact]
    public async Task An_announced_channel_comes_with_its_first_message()
    {
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        DataChannel opened = await pair.Offerer.CreateDataChannelAsync("later", new DataChannelInit { Protocol = "p" }, pair.Token);
        await opened.SendAsync("first", pair.Token);
        await foreach (DataChannel channel in pair.Answerer.ReadDataChannelsAsync(pair.Token))
        {
            Assert.Equal("later", channel.Label);
            Assert.Equal("p", channel.Protocol);
            await foreach (DataChannelMessage message in channel.ReadAllAsync(pair.Token))
            {
                Assert.Equal("first", message.Text);
                break;
            }

            await channel.CloseAsync(pair.Token);
            break;
        }

        await foreach (DataChannelMessage message in opened.ReadAllAsync(pair.Token)) Assert.Fail(message.Text);
        Assert.Equal(DataChannelState.Closed, opened.State);
    }

    [Fact]
    public async Task A_reader_that_does_not_read_slows_the_sender_and_loses_nothing()
    {
        const int count = 160, size = 64 * 1024;
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        int sent = 0;
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < count; i++)
            {
                await pair.A.SendAsync(new byte[size], pair.Token);
                Interlocked.Increment(ref sent);
            }
        });
        while (pair.A.BufferedAmount < 1024 * 1024) await Task.Yield();
        Assert.False(sending.IsCompleted);

        int received = 0;
        await foreach (DataChannelMessage message in pair.B.ReadAllAsync(pair.Token))
        {
            Assert.Equal(size, message.Payload.Length);
            if (++received == count) break;
        }

        await sending;
    }

    [Fact]
    public async Task Many_senders_at_once_lose_nothing()
    {
        const int count = 100, size = 262_144;
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        Task[] sending = [.. Enumerable.Range(0, count).Select(i => Task.Run(async () => await pair.A.SendAsync(BitConverter.GetBytes(i).Concat(new byte[size - 4]).ToArray(), pair.Token)))];
        HashSet<int> received = [];
        await foreach (DataChannelMessage message in pair.B.ReadAllAsync(pair.Token))
        {
            Assert.True(received.Add(BitConverter.ToInt32(message.Payload.Span)));
            if (received.Count == count) break;
        }

        await Task.WhenAll(sending);
    }

    [Fact]
    public async Task Closing_delivers_everything_first()
    {
        const int count = 200, size = 16_384;
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        Task<int> reading = Task.Run(async () =>
        {
            int received = 0;
            await foreach (DataChannelMessage message in pair.B.ReadAllAsync(pair.Token)) received += message.Payload.Length / size;
            return received;
        });
        for (int i = 0; i < count; i++) await pair.A.SendAsync(new byte[size], pair.Token);
        await pair.Offerer.CloseAsync(pair.Token);
        Assert.Equal(count, await reading);
        Assert.Equal(PeerConnectionState.Closed, pair.Answerer.ConnectionState);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Disposing_either_side_ends_the_other_after_its_last_message(bool offerer)
    {
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        (DataChannel sender, DataChannel receiver) = offerer ? (pair.A, pair.B) : (pair.B, pair.A);
        await sender.SendAsync("last", pair.Token);
        await foreach (DataChannelMessage message in receiver.ReadAllAsync(pair.Token))
        {
            Assert.Equal("last", message.Text);
            await (offerer ? pair.Offerer : pair.Answerer).DisposeAsync();
        }

        Assert.Equal(DataChannelState.Closed, receiver.State);
        WebRtcException e = await Assert.ThrowsAsync<WebRtcException>(async () => await receiver.SendAsync("x", pair.Token));
        Assert.Equal(WebRtcErrorCode.Closed, e.ErrorCode);
    }

    [Fact]
    public async Task A_description_with_another_fingerprint_fails_and_nothing_is_delivered()
    {
        using CancellationTokenSource patience = new(s_patience);
        await using PeerConnection a = new(s_loopback), b = new(s_loopback), stranger = new(s_loopback);
        await a.CreateDataChannelAsync("boc", new DataChannelInit { NegotiatedId = 0 }, patience.Token);
        SessionDescription offer = await a.CreateOfferAsync(patience.Token);
        string Fingerprint(SessionDescription d) => d.Sdp.Split("\r\n").Single(l => l.StartsWith("a=fingerprint", StringComparison.Ordinal));
        SessionDescription other = await stranger.CreateOfferAsync(patience.Token);
        await a.SetLocalDescriptionAsync(offer, patience.Token);
        await b.SetRemoteDescriptionAsync(offer with { Sdp = offer.Sdp.Replace(Fingerprint(offer), Fingerprint(other), StringComparison.Ordinal) }, patience.Token);
        SessionDescription answer = await b.CreateAnswerAsync(patience.Token);
        await b.SetLocalDescriptionAsync(answer, patience.Token);
        await a.SetRemoteDescriptionAsync(answer, patience.Token);
        _ = ConnectedPair.TrickleAsync(a, b, patience.Token);
        _ = ConnectedPair.TrickleAsync(b, a, patience.Token);

        WebRtcException e = await Assert.ThrowsAsync<WebRtcException>(() => b.WaitForConnectedAsync(patience.Token));
        Assert.Equal(WebRtcErrorCode.HandshakeFailed, e.ErrorCode);
        Assert.Equal(PeerConnectionState.Failed, b.ConnectionState);
    }

    [Fact]
    public async Task Random_datagrams_at_the_port_change_nothing()
    {
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        string address = (await pair.Answerer.GetStatisticsAsync(pair.Token)).LocalAddress!;
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = new byte[random.Next(1500)];
            random.NextBytes(bytes);
            if (bytes.Length > 0 && i % 2 == 0) bytes[0] = (byte)random.Next(64);
            socket.SendTo(bytes, IPEndPoint.Parse(address));
        }

        await pair.A.SendAsync("still here", pair.Token);
        await foreach (DataChannelMessage message in pair.B.ReadAllAsync(pair.Token))
        {
            Assert.Equal("still here", message.Text);
            break;
        }
    }

    [Fact]
    public async Task A_connection_can_be_disposed_twice_at_any_time_and_from_its_own_events()
    {
        PeerConnection fresh = new(s_loopback);
        await fresh.DisposeAsync();
        await fresh.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => fresh.CreateOfferAsync());

        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        TaskCompletionSource disposed = new();
        pair.Offerer.ConnectionStateChanged += async (_, e) =>
        {
            await pair.Offerer.DisposeAsync();
            disposed.TrySetResult();
        };
        await pair.Answerer.DisposeAsync();
        await disposed.Task.WaitAsync(pair.Token);
    }
}
