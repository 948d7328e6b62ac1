using System.Net;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>A connection may be disposed at any time, from anywhere, by anybody, and nothing hangs or stays behind.</summary>
public sealed class DisposalTests
{
    private const string LongRun = "BEROFCHAT_LONG";
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

    [Fact]
    public async Task Opening_and_closing_again_and_again_leaves_threads_handles_and_memory_flat()
    {
        int cycles = Environment.GetEnvironmentVariable(LongRun) == "1" ? 10_000 : 500;
        await CycleAsync(cycles / 5);
        Usage before = await Usage.MeasureAsync();
        await CycleAsync(cycles);
        Usage after = await Usage.MeasureAsync();
        Assert.True(after.Handles <= before.Handles + 4, $"{cycles} cycles: {before} became {after}");
        Assert.True(after.LoopThreads <= before.LoopThreads && after.HandshakeThreads <= 32, $"{cycles} cycles: {before} became {after}");
        // One connection holds more than 8 KiB: were only a tenth of them kept, this would show it.
        Assert.True(after.Bytes <= before.Bytes + (cycles * 800) + 1_000_000, $"{cycles} cycles: {before} became {after}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{cycles} cycles: {before} became {after}");

        static async Task CycleAsync(int count)
        {
            // Two at a time, for the handshake leaves a processor idle.
            await Task.WhenAll(Enumerable.Range(0, 2).Select(async worker =>
            {
                for (int i = worker; i < count; i += 2)
                {
                    await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
                    await pair.A.SendAsync("x", pair.Token);
                    await foreach (DataChannelMessage _ in pair.B.ReadAllAsync(pair.Token)) break;
                    if (i % 3 == 0) await pair.Answerer.CloseAsync(pair.Token);
                }
            }));
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

    /// <summary>What this process holds, seen from outside of the stack.</summary>
    private sealed record Usage(int Handles, int LoopThreads, int HandshakeThreads, long Bytes)
    {
        public static async Task<Usage> MeasureAsync()
        {
            // What was disposed may still be on its way out of the thread pool.
            for (int i = 0; i < 20; i++)
            {
                await Task.Yield();
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            string[] threads = OperatingSystem.IsLinux() ? [.. Directory.GetDirectories("/proc/self/task").Select(NameOf)] : [];
            int handles = OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Count(f => new FileInfo(f).LinkTarget?.StartsWith("socket", StringComparison.Ordinal) == true) : 0;
            return new Usage(handles, threads.Count(t => t.StartsWith("BerOfChat WebRT", StringComparison.Ordinal)), threads.Count(t => t.StartsWith("BerOfChat DTLS", StringComparison.Ordinal)), GC.GetTotalMemory(forceFullCollection: true));
        }

        private static string NameOf(string task)
        {
            try
            {
                return File.ReadAllText(Path.Combine(task, "comm"));
            }
            catch (IOException)
            {
                return "";
            }
        }
    }
}
