using System.Net;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>A connection may be disposed at any time, from anywhere, by anybody, and nothing hangs or stays behind.</summary>
public sealed class DisposalTests
{
    private static readonly PeerConnectionOptions s_loopback = new() { BindAddresses = [IPAddress.Loopback] };

    [Fact]
    public async Task Disposing_from_a_state_change_of_connecting_ends_the_attempt()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        foreach (PeerConnectionState state in new[] { PeerConnectionState.Connecting, PeerConnectionState.Connected })
        {
            await using PeerConnection a = new(s_loopback), b = new(s_loopback);
            TaskCompletionSource disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            a.ConnectionStateChanged += (_, e) =>
            {
                if (e.State != state) return;
                // Blocks the handler on purpose: the loop must not need it.
                a.DisposeAsync().AsTask().GetAwaiter().GetResult();
                disposed.TrySetResult();
            };
            await NegotiateAsync(a, b, patience.Token);
            await disposed.Task.WaitAsync(patience.Token);
            await Assert.ThrowsAsync<ObjectDisposedException>(() => a.GetStatisticsAsync(patience.Token));
        }
    }

    [Fact]
    public async Task Disposing_from_each_stream_ends_that_stream()
    {
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        Task candidates = Task.Run(async () =>
        {
            await foreach (string _ in pair.Offerer.ReadLocalCandidatesAsync(pair.Token)) { }
        });
        DataChannel opened = await pair.Answerer.CreateDataChannelAsync("later", cancellationToken: pair.Token);
        await opened.SendAsync("message", pair.Token);
        await foreach (DataChannel channel in pair.Offerer.ReadDataChannelsAsync(pair.Token))
        {
            await foreach (DataChannelMessage _ in channel.ReadAllAsync(pair.Token)) await pair.Offerer.DisposeAsync();
            Assert.Equal(DataChannelState.Closed, channel.State);
        }

        await candidates;
        await foreach (DataChannelMessage _ in opened.ReadAllAsync(pair.Token)) { }
        Assert.Equal(DataChannelState.Closed, opened.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Disposing_while_senders_wait_for_room_frees_all_of_them(bool ownSide)
    {
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
        Task[] senders = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true) await pair.A.SendAsync(new byte[64 * 1024], pair.Token);
        }))];
        while (pair.A.BufferedAmount < 1024 * 1024) await Task.Yield();
        await (ownSide ? pair.Offerer : pair.Answerer).DisposeAsync();
        foreach (Task sender in senders)
        {
            WebRtcException e = await Assert.ThrowsAsync<WebRtcException>(() => sender);
            Assert.Equal(WebRtcErrorCode.Closed, e.ErrorCode);
        }
    }

    [Fact]
    public async Task Everything_that_waits_when_a_connection_is_disposed_is_told()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        for (int round = 0; round < 50; round++)
        {
            PeerConnection connection = new(s_loopback);
            DataChannel channel = await connection.CreateDataChannelAsync("boc", cancellationToken: patience.Token);
            Task[] waiting =
            [
                .. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
                {
                    while (true) await connection.GetStatisticsAsync(patience.Token);
                })),
                Task.Run(() => connection.WaitForConnectedAsync(patience.Token)),
                Task.Run(() => connection.WaitForPathAsync(patience.Token)),
                Task.Run(() => channel.WaitForOpenAsync(patience.Token)),
                Task.Run(() => channel.SendAsync("never", patience.Token).AsTask()),
            ];
            if (round % 2 == 0) await connection.CreateOfferAsync(patience.Token);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => connection.DisposeAsync().AsTask())));
            await channel.CloseAsync(patience.Token);
            await channel.DisposeAsync();
            foreach (Task task in waiting)
            {
                Exception e = await Assert.ThrowsAnyAsync<Exception>(() => task);
                Assert.True(e is WebRtcException or ObjectDisposedException, e.ToString());
            }
        }
    }

    [Fact]
    public async Task Disposing_at_any_moment_of_the_negotiation_hangs_nobody()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(120));
        Random random = new(1);
        for (int round = 0; round < 40; round++)
        {
            PeerConnection a = new(s_loopback), b = new(s_loopback);
            Task negotiation = NegotiateAsync(a, b, patience.Token);
            for (int i = random.Next(40); i > 0; i--) await Task.Yield();
            await Task.WhenAll(a.DisposeAsync().AsTask(), a.DisposeAsync().AsTask(), random.Next(2) == 0 ? b.DisposeAsync().AsTask() : b.CloseAsync(patience.Token));
            await negotiation.ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(patience.Token);
            await Assert.ThrowsAnyAsync<Exception>(() => b.GetStatisticsAsync(patience.Token));
        }
    }

    private static async Task NegotiateAsync(PeerConnection a, PeerConnection b, CancellationToken cancellationToken)
    {
        await a.CreateDataChannelAsync("boc", new DataChannelInit { NegotiatedId = 0 }, cancellationToken);
        SessionDescription offer = await a.CreateOfferAsync(cancellationToken);
        await a.SetLocalDescriptionAsync(offer, cancellationToken);
        await b.SetRemoteDescriptionAsync(offer, cancellationToken);
        SessionDescription answer = await b.CreateAnswerAsync(cancellationToken);
        await b.SetLocalDescriptionAsync(answer, cancellationToken);
        await a.SetRemoteDescriptionAsync(answer, cancellationToken);
        await Task.WhenAll(ConnectedPair.TrickleAsync(a, b, cancellationToken), ConnectedPair.TrickleAsync(b, a, cancellationToken)).ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
