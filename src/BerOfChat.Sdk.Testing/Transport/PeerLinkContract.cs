using System.Security.Cryptography;
using Xunit;

namespace BerOfChat.Testing.Transport;

#pragma warning disable CS1591 // The names of the tests are their documentation.

/// <summary>The part of <see cref="PeerTransportContract"/> that is about open links. Derive from that one.</summary>
public abstract class PeerLinkContract
{
    /// <summary>How long something may take that must happen. Default: 30 s.</summary>
    protected virtual TimeSpan Patience => TimeSpan.FromSeconds(30);

    /// <summary>After how long without progress a send is taken to be waiting for the reader. Default: half a second.</summary>
    protected virtual TimeSpan Quiet => TimeSpan.FromSeconds(0.5);

    /// <summary>A transport for one device. Those of one test must reach each other; the same one may be returned twice.</summary>
    protected abstract ValueTask<IPeerTransport> CreateTransportAsync(CancellationToken cancellationToken);

    [Fact]
    public async Task Records_pass_both_ways_on_every_lane()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        foreach ((IPeerLink from, IPeerLink to) in new[] { (link.Offerer, link.Answerer), (link.Answerer, link.Offerer) })
        {
            await using var reader = new LinkReader(to, test.Token);
            foreach (PeerLane lane in s_lanes) await SendAsync(from, lane, 0, 1, 100, test.Token);
            foreach (PeerLane lane in s_lanes) await reader.ExpectAsync(lane, 1);
        }
    }

    [Fact]
    public async Task Records_of_a_lane_arrive_once_whole_and_in_order()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        const int count = 200;
        List<Task> running = [];
        foreach ((IPeerLink from, IPeerLink to) in new[] { (link.Offerer, link.Answerer), (link.Answerer, link.Offerer) })
        {
            running.AddRange(s_lanes.Select(lane => Task.Run(
                async () =>
                {
                    for (int i = 0; i < count; i++) await SendAsync(from, lane, i, 1, i % 20 == 0 ? IPeerLink.MaxRecordSize : RandomNumberGenerator.GetInt32(4, 3_000), test.Token);
                },
                test.Token)));
            running.Add(Task.Run(
                async () =>
                {
                    await using var reader = new LinkReader(to, test.Token);
                    foreach (PeerLane lane in s_lanes) await reader.ExpectAsync(lane, count);
                },
                test.Token));
        }

        await Task.WhenAll(running);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_200)]
    [InlineData(IPeerLink.MaxRecordSize)]
    public async Task A_record_passes_whole(int size)
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        await using var reader = new LinkReader(link.Answerer, test.Token);
        byte[] record = RandomNumberGenerator.GetBytes(size);
        await link.Offerer.SendAsync(PeerLane.Live, record, test.Token);
        (PeerLane lane, byte[] bytes) = (await reader.NextAsync())!.Value;
        Assert.Equal(PeerLane.Live, lane);
        Assert.Equal(record, bytes);
    }

    [Fact]
    public async Task Misuse_is_an_argument_error_and_the_link_works_on()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await link.Offerer.SendAsync(PeerLane.Live, ReadOnlyMemory<byte>.Empty, test.Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await link.Offerer.SendAsync(PeerLane.Live, new byte[IPeerLink.MaxRecordSize + 1], test.Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await link.Offerer.SendAsync((PeerLane)3, new byte[1], test.Token));
        await AssertWorksAsync(link, test.Token);
    }

    [Fact]
    public async Task Memory_may_be_reused_after_sending()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        await using var reader = new LinkReader(link.Answerer, test.Token);
        byte[] memory = new byte[1_000];
        for (int i = 0; i < 30; i++)
        {
            LinkReader.Record(PeerLane.Live, i, memory.Length).CopyTo(memory, 0);
            await link.Offerer.SendAsync(PeerLane.Live, memory, test.Token);
        }

        memory.AsSpan().Clear();
        await reader.ExpectAsync(PeerLane.Live, 30);
    }

    [Fact]
    public async Task A_sender_waits_for_a_slow_reader_and_nothing_is_lost()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        (int sent, Task waiting) = await FillAsync(link.Offerer, PeerLane.Sync, 0, CancellationToken.None, test.Token);
        await using var reader = new LinkReader(link.Answerer, test.Token);
        await reader.ExpectAsync(PeerLane.Sync, sent + 1);
        await waiting.WaitAsync(test.Token);
        await SendAsync(link.Offerer, PeerLane.Sync, sent + 1, 1, 100, test.Token);
        await reader.ExpectAsync(PeerLane.Sync, sent + 2);
    }

    [Fact]
    public async Task A_full_lane_does_not_hold_up_the_others()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        (int sent, Task waiting) = await FillAsync(link.Offerer, PeerLane.Sync, 0, CancellationToken.None, test.Token);
        await SendAsync(link.Offerer, PeerLane.Live, 0, 1, 1_000, test.Token);
        await SendAsync(link.Offerer, PeerLane.Control, 0, 1, 1_000, test.Token);
        await using var reader = new LinkReader(link.Answerer, test.Token);
        await reader.ExpectAsync(PeerLane.Live, 1);
        await reader.ExpectAsync(PeerLane.Control, 1);
        await reader.ExpectAsync(PeerLane.Sync, sent + 1);
        await waiting.WaitAsync(test.Token);
    }

    [Fact]
    public async Task A_waiting_send_can_be_cancelled_and_its_record_is_not_sent()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        int next = 0;
        Task waiting;
        do
        {
            using var giveUp = new CancellationTokenSource();
            (next, waiting) = await FillAsync(link.Offerer, PeerLane.Sync, next, giveUp.Token, test.Token);
            await giveUp.CancelAsync();
            await Task.WhenAny(waiting.WaitAsync(test.Token));
            if (waiting.IsCompletedSuccessfully) next++;    // it had found room just before
        }
        while (waiting.IsCompletedSuccessfully);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience));
        await using var reader = new LinkReader(link.Answerer, test.Token);
        Task reading = reader.ExpectAsync(PeerLane.Sync, next + 2);
        await SendAsync(link.Offerer, PeerLane.Sync, next, 2, 100, test.Token);
        await reading;

        // One that was sent after all may come late, but then before what is sent now.
        await SendAsync(link.Offerer, PeerLane.Sync, next + 2, 1, 100, test.Token);
        await reader.ExpectAsync(PeerLane.Sync, next + 3);
    }

    [Theory]
    [InlineData(PeerLinkRole.Offerer)]
    [InlineData(PeerLinkRole.Answerer)]
    public async Task Closing_is_seen_by_the_other_side(PeerLinkRole closing)
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        (IPeerLink closed, IPeerLink left) = closing == PeerLinkRole.Offerer ? (link.Offerer, link.Answerer) : (link.Answerer, link.Offerer);
        await using var reader = new LinkReader(left, test.Token);
        Task<(PeerLane, byte[])?> reading = reader.NextAsync();
        await closed.DisposeAsync().AsTask().WaitAsync(test.Token);
        Assert.Null(await reading);
        await AssertFailsAsync(BerOfChatErrorCode.ConnectionLost, left.SendAsync(PeerLane.Live, new byte[1], test.Token).AsTask().WaitAsync(test.Token));
        _ = left.GetStatistics();
    }

    [Fact]
    public async Task Disposing_ends_what_waits_and_what_comes_after_fails_as_closed()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        await using var reader = new LinkReader(link.Offerer, test.Token);
        Task reading = reader.ExpectEndAsync();
        (_, Task waiting) = await FillAsync(link.Offerer, PeerLane.Sync, 0, CancellationToken.None, test.Token);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => link.Offerer.DisposeAsync().AsTask()))).WaitAsync(test.Token);
        await reading.WaitAsync(test.Token);
        await Task.WhenAny(waiting.WaitAsync(test.Token));
        if (!waiting.IsCompletedSuccessfully) await AssertFailsAsync(BerOfChatErrorCode.Closed, waiting);
        await AssertFailsAsync(BerOfChatErrorCode.Closed, link.Offerer.SendAsync(PeerLane.Live, new byte[1], test.Token).AsTask().WaitAsync(test.Token));
        await link.Offerer.DisposeAsync();
        _ = link.Offerer.GetStatistics();
    }

    [Fact]
    public async Task A_link_can_be_disposed_inside_its_own_reading_loop()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        Task reading = Task.Run(
            async () =>
            {
                await foreach (PeerRecord _ in link.Answerer.ReadAllAsync(test.Token)) await link.Answerer.DisposeAsync();
            },
            test.Token);
        await SendAsync(link.Offerer, PeerLane.Live, 0, 1, 100, test.Token);
        await reading.WaitAsync(test.Token);
    }

    [Fact]
    public async Task Reading_and_sending_can_be_cancelled()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => link.Offerer.SendAsync(PeerLane.Live, new byte[1], new CancellationToken(canceled: true)).AsTask().WaitAsync(Patience));
        using var stop = new CancellationTokenSource();
        IAsyncEnumerator<PeerRecord> records = link.Answerer.ReadAllAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        Task<bool> reading = records.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience));
    }

    [Fact]
    public async Task Statistics_count_the_bytes_of_records()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        await using var reader = new LinkReader(link.Answerer, test.Token);
        await SendAsync(link.Offerer, PeerLane.Live, 0, 10, 500, test.Token);
        await reader.ExpectAsync(PeerLane.Live, 10);
        Assert.Equal((5_000, 0), (link.Offerer.GetStatistics().BytesSent, link.Offerer.GetStatistics().BytesReceived));
        Assert.Equal((0, 5_000), (link.Answerer.GetStatistics().BytesSent, link.Answerer.GetStatistics().BytesReceived));
    }

    private protected static async Task SendAsync(IPeerLink link, PeerLane lane, int first, int count, int size, CancellationToken cancellationToken)
    {
        for (int i = first; i < first + count; i++) await link.SendAsync(lane, LinkReader.Record(lane, i, size), cancellationToken).AsTask().WaitAsync(cancellationToken);
    }

    /// <summary>Both directions carry a record.</summary>
    private protected static async Task AssertWorksAsync(LinkPair link, CancellationToken cancellationToken)
    {
        await using var atAnswerer = new LinkReader(link.Answerer, cancellationToken);
        await using var atOfferer = new LinkReader(link.Offerer, cancellationToken);
        await SendAsync(link.Offerer, PeerLane.Control, 0, 1, 100, cancellationToken);
        await atAnswerer.ExpectAsync(PeerLane.Control, 1);
        await SendAsync(link.Answerer, PeerLane.Control, 0, 1, 100, cancellationToken);
        await atOfferer.ExpectAsync(PeerLane.Control, 1);
    }

    private protected async Task<LinkPair> ConnectAsync(CancellationToken cancellationToken, NegotiationPair? negotiation = null) => await LinkPair.ConnectAsync(
        await CreateTransportAsync(cancellationToken), await CreateTransportAsync(cancellationToken), negotiation ?? new NegotiationPair(), cancellationToken);

    private protected CancellationTokenSource Start()
    {
        CancellationTokenSource test = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        test.CancelAfter(Patience);
        return test;
    }

    private static async Task AssertFailsAsync(BerOfChatErrorCode code, Task action) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<BerOfChatException>(() => action)).ErrorCode);

    /// <summary>Sends until a record finds no room, although nobody reads. Returns the number of that record, and its send.</summary>
    private async Task<(int Number, Task Waiting)> FillAsync(IPeerLink link, PeerLane lane, int first, CancellationToken sending, CancellationToken test)
    {
        for (int i = first; i < first + MaxWaitingRecords; i++)
        {
            Task send = link.SendAsync(lane, LinkReader.Record(lane, i, IPeerLink.MaxRecordSize), sending).AsTask();
            if (await Task.WhenAny(send, Task.Delay(Quiet, TimeProvider.System, test)) != send) return (i, send);
            await send;
        }

        throw new InvalidOperationException("32 MiB were taken although nobody reads.");
    }

    private const int MaxWaitingRecords = 2_048;

    private static readonly PeerLane[] s_lanes = Enum.GetValues<PeerLane>();
}
