using System.Net;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>Data channels as an application sees them, over real sockets.</summary>
public sealed class DataChannelTests
{
    private static readonly PeerConnectionOptions s_loopback = new() { BindAddresses = [IPAddress.Loopback] };

    [Fact]
    public async Task Both_sides_see_what_a_channel_promises()
    {
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        DataChannelInit[] promises =
        [
            new() { Ordered = false, MaxRetransmits = 0, Protocol = "p" },
            new() { MaxPacketLifeTime = TimeSpan.FromMilliseconds(65_535) },
            new(),
        ];
        foreach (DataChannelInit promise in promises)
        {
            DataChannel opened = await pair.Offerer.CreateDataChannelAsync("x", promise, pair.Token);
            DataChannel announced = await NextAsync(pair);
            foreach (DataChannel side in new[] { opened, announced })
            {
                Assert.Equal((promise.Ordered, promise.MaxRetransmits, promise.MaxPacketLifeTime, promise.Protocol), (side.Ordered, side.MaxRetransmits, side.MaxPacketLifeTime, side.Protocol));
                Assert.Equal(opened.Id, side.Id);
            }
        }
    }

    [Fact]
    public async Task Limits_that_exclude_each_other_or_are_out_of_range_are_refused_and_named()
    {
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        ArgumentException both = await Assert.ThrowsAsync<ArgumentException>(() => Open(new DataChannelInit { MaxRetransmits = 1, MaxPacketLifeTime = TimeSpan.FromSeconds(1) }));
        Assert.Contains("not both", both.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Open(new DataChannelInit { MaxPacketLifeTime = TimeSpan.FromMilliseconds(65_536) }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Open(new DataChannelInit { MaxPacketLifeTime = TimeSpan.FromMilliseconds(-1) }));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Open(new DataChannelInit { NegotiatedId = 65_535 }));

        Task<DataChannel> Open(DataChannelInit init) => pair.Offerer.CreateDataChannelAsync("x", init, pair.Token);
    }

    [Fact]
    public async Task A_channel_that_is_closed_before_there_is_a_path_ends_at_once()
    {
        await using PeerConnection alone = new(s_loopback);
        DataChannel channel = await alone.CreateDataChannelAsync("x", cancellationToken: TestContext.Current.CancellationToken);
        await channel.CloseAsync(TestContext.Current.CancellationToken);
        Assert.Equal(DataChannelState.Closed, channel.State);
        WebRtcException refused = await Assert.ThrowsAsync<WebRtcException>(() => channel.WaitForOpenAsync(TestContext.Current.CancellationToken));
        Assert.Equal(WebRtcErrorCode.Closed, refused.ErrorCode);
    }

    [Fact]
    public async Task Trying_to_send_never_waits_and_says_whether_it_has_sent()
    {
        await using PeerConnection alone = new(s_loopback);
        DataChannel unopened = await alone.CreateDataChannelAsync("x", cancellationToken: TestContext.Current.CancellationToken);
        Assert.False(unopened.TrySend("too early"u8));

        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        int sent = 0;
        // The other side does not read: at some time the queue is full.
        while (pair.A.TrySend(new byte[60_000])) Assert.True(++sent < 10_000, "It is never full.");
        int received = 0;
        await foreach (DataChannelMessage message in pair.B.ReadAllAsync(pair.Token))
        {
            Assert.Equal(60_000, message.Payload.Length);
            if (++received == sent) break;
        }

        Assert.True(pair.A.TrySend("room again"u8));
        Assert.Equal(WebRtcErrorCode.MessageTooLarge, Assert.Throws<WebRtcException>(() => pair.A.TrySend(new byte[262_145])).ErrorCode);
        await pair.A.DisposeAsync();
        await pair.A.CloseAsync(pair.Token);
        Assert.Equal(WebRtcErrorCode.Closed, Assert.Throws<WebRtcException>(() => pair.A.TrySend("too late"u8)).ErrorCode);
    }

    [Fact]
    public async Task A_queue_that_falls_to_its_threshold_says_so_once()
    {
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback with { MaxBufferedAmount = SctpLimits.ReceiveWindow });
        const int size = 60_000;
        pair.A.BufferedAmountLowThreshold = 100_000;
        // More than the window of the other side, which does not read, however large its packets: what is left in the queue is above the threshold and stays there.
        int sent = 0;
        while (sent * size < SctpLimits.ReceiveWindow * 11L / 10)
        {
            await pair.A.SendAsync(new byte[size], pair.Token);
            sent++;
        }

        int raised = 0;
        TaskCompletionSource low = new(TaskCreationOptions.RunContinuationsAsynchronously);
        pair.A.BufferedAmountLow += (_, _) =>
        {
            Interlocked.Increment(ref raised);
            low.TrySetResult();
        };
        await foreach (DataChannelMessage _ in pair.B.ReadAllAsync(pair.Token))
        {
            if (--sent == 0) break;
        }

        await low.Task.WaitAsync(pair.Token);
        Assert.InRange(pair.A.BufferedAmount, 0, 100_000);
        Assert.Equal(1, raised);
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.A.BufferedAmountLowThreshold = -1);
    }

    [Fact]
    public async Task Messages_of_64_MiB_pass_both_ways_where_both_sides_take_them_and_one_byte_more_is_refused_before_anything_is_sent()
    {
        const int size = 64 * 1024 * 1024;
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback with { MaxMessageSize = size });
        byte[] message = new byte[size];
        new Random(1).NextBytes(message);
        Task sending = Task.WhenAll(pair.A.SendAsync(message, pair.Token).AsTask(), pair.B.SendAsync(message, pair.Token).AsTask());
        foreach (DataChannel reader in new[] { pair.A, pair.B })
        {
            await foreach (DataChannelMessage received in reader.ReadAllAsync(pair.Token))
            {
                Assert.True(received.Payload.Span.SequenceEqual(message));
                break;
            }
        }

        await sending;
        WebRtcException refused = await Assert.ThrowsAsync<WebRtcException>(async () => await pair.A.SendAsync(new byte[size + 1], pair.Token));
        Assert.Equal(WebRtcErrorCode.MessageTooLarge, refused.ErrorCode);
        Assert.Equal(0, pair.A.BufferedAmount);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PeerConnection(new PeerConnectionOptions { MaxMessageSize = size + 1 }));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(31)]
    public void A_patience_for_consent_that_is_out_of_range_is_refused(int seconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PeerConnection(new PeerConnectionOptions { ConsentTimeout = TimeSpan.FromSeconds(seconds) }));

    [Fact]
    public async Task What_the_other_side_takes_is_what_counts()
    {
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback with { MaxMessageSize = 1000 }, s_loopback);
        await pair.A.SendAsync(new byte[262_144], pair.Token);
        Assert.Equal(WebRtcErrorCode.MessageTooLarge, (await Assert.ThrowsAsync<WebRtcException>(async () => await pair.B.SendAsync(new byte[1001], pair.Token))).ErrorCode);
        await pair.B.SendAsync(new byte[1000], pair.Token);
    }

    [Fact]
    public async Task A_thousand_channels_are_open_at_once_and_each_carries_its_own()
    {
        const int count = 1000;
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        for (int i = 0; i < count; i++)
        {
            DataChannel channel = await pair.Offerer.CreateDataChannelAsync($"{i}", cancellationToken: pair.Token);
            await channel.SendAsync($"{i}", pair.Token);
        }

        HashSet<ushort?> ids = [];
        for (int i = 0; i < count; i++)
        {
            DataChannel channel = await NextAsync(pair);
            Assert.True(ids.Add(channel.Id));
            await foreach (DataChannelMessage message in channel.ReadAllAsync(pair.Token))
            {
                Assert.Equal(channel.Label, message.Text);
                break;
            }
        }
    }

    private static async Task<DataChannel> NextAsync(ConnectedPair pair)
    {
        await foreach (DataChannel channel in pair.Answerer.ReadDataChannelsAsync(pair.Token)) return channel;
        throw new InvalidOperationException("The connection has ended.");
    }
}
