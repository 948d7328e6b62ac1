using System.Runtime.CompilerServices;
using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>How channels end while they are in use, and what is left of them.</summary>
[Collection(DefaultChromiumDefinition.Name)]
public sealed class EndingTests(DefaultChromium chromium)
{
    private const int Size = 10_000;
    private const int SomeMessages = 50;
    private const int LastSize = 200_000;

    [Fact]
    public Task A_channel_that_we_close_while_a_page_sends_ends_on_both_sides_with_nothing_missing_between() => chromium.RunAsync(new PairOptions(), async pair =>
    {
        Task<int> sending = pair.CallAsync<int>("sendUntilClosed", "hers", Size);
        ChannelReader reader = await pair.GetReaderAsync("hers");
        for (int i = 0; i < SomeMessages; i++) await reader.ExpectAsync(Payload.Bytes(i, Size));
        Task closing = (await pair.GetChannelAsync("hers")).CloseAsync();
        int received = SomeMessages + await reader.CountRestAsync(i => Payload.Bytes(SomeMessages + i, Size));
        await closing;
        Assert.InRange(received, SomeMessages, await sending);
        await pair.ExchangeAsync("ours", seed: 1, [1000], count: 10);
    });

    [Fact]
    public Task A_channel_that_a_page_closes_while_we_send_ends_on_both_sides_with_nothing_missing_between() => chromium.RunAsync(new PairOptions(), async pair =>
    {
        Task<int> receiving = pair.CallAsync<int>("receiveThenClose", "hers", SomeMessages, Size);
        int sent = await SendUntilClosedAsync(await pair.GetChannelAsync("hers"));
        Assert.InRange(await receiving, SomeMessages, sent);
        await (await pair.GetReaderAsync("hers")).ExpectEndAsync();
        await pair.ExchangeAsync("ours", seed: 1, [1000], count: 10);
    });

    [Fact]
    public Task A_channel_that_both_close_at_the_same_time_while_both_send_ends_once_on_each_side() => chromium.RunAsync(new PairOptions(), async pair =>
    {
        for (int round = 0; round < 10; round++)
        {
            string label = $"both {round}";
            DataChannel channel = await pair.OpenAsync(label);
            ChannelReader reader = await pair.GetReaderAsync(label);
            Task theirs = pair.CallAsync("sendManyAndClose", label, SomeMessages, Size);
            for (int i = 0; i < SomeMessages; i++) await channel.SendAsync(Payload.Bytes(i, Size));
            Task ours = channel.CloseAsync();
            await theirs;

            // What a page says to a channel that the other side has closed already is lost, and who has closed its own hears nothing more there. What arrives is what was sent, from the first on.
            Assert.InRange(await reader.CountRestAsync(i => Payload.Bytes(i, Size)), 0, SomeMessages);
            await ours;
            Assert.InRange(await pair.CallAsync<int>("closed", label), 0, SomeMessages);
        }
    });

    [Theory]
    [InlineData(Side.Peer, true)]
    [InlineData(Side.Peer, false)]
    [InlineData(Side.We, true)]
    [InlineData(Side.We, false)]
    public Task What_was_sent_before_a_channel_is_closed_arrives(Side closer, bool isOrdered) => chromium.RunAsync(new PairOptions(), async pair =>
    {
        DataChannel channel = await pair.OpenAsync("ending", new DataChannelInit { Ordered = isOrdered });
        ChannelReader reader = await pair.GetReaderAsync("ending");
        if (closer == Side.We)
        {
            // Chromium throws away what still waits for its page when a channel ends, although it was acknowledged: with many messages that would be tested here. So only the last one is under way.
            for (int i = 0; i < SomeMessages; i++) await channel.SendAsync(Payload.Bytes(i, Size));
            await pair.CallAsync("receiveSome", "ending", SomeMessages);
            await channel.SendAsync(Payload.Bytes(0, LastSize));
            await channel.CloseAsync();
            Assert.Equal(1, await pair.CallAsync<int>("closed", "ending"));
            return;
        }

        await pair.CallAsync("sendManyAndClose", "ending", SomeMessages, Size);
        Assert.Equal(SomeMessages, await reader.CountRestAsync(isOrdered ? i => Payload.Bytes(i, Size) : null));
    });

    [Theory]
    [InlineData(Side.Peer)]
    [InlineData(Side.We)]
    public Task A_channel_that_is_closed_before_the_connection_is_up_never_opens_and_the_others_do(Side offerer) => chromium.RunAsync(async (browser, cancellationToken) =>
    {
        await using BrowserPage page = await browser.OpenPageAsync(cancellationToken);
        PairOptions options = new() { Offerer = offerer, OpenedByPeer = ["gone of hers", "hers"], OpenedByUs = ["gone of ours", "ours"], BeforeNegotiation = CloseBothAsync };
        await using PeerPair pair = await PeerPair.ConnectAsync(page, browser.Network, options, cancellationToken);
        await pair.ExchangeAsync("hers", seed: 1, [1000], count: 10);
        await pair.ExchangeAsync("ours", seed: 1, [1000], count: 10);
        Assert.Equal(2, (await pair.Connection.GetStatisticsAsync(cancellationToken)).DataChannelsOpened);

        async Task CloseBothAsync(PeerPair beforeNegotiation)
        {
            await beforeNegotiation.CallAsync("close", "gone of hers");
            DataChannel ours = await beforeNegotiation.GetChannelAsync("gone of ours");
            await ours.CloseAsync(cancellationToken);
            await Assert.ThrowsAsync<WebRtcException>(() => ours.WaitForOpenAsync(cancellationToken));
        }
    });

    [Fact]
    public Task A_page_is_told_why_its_channels_end_with_the_connection() => chromium.RunAsync(new PairOptions(), async pair =>
    {
        Task<string[]> failure = pair.CallAsync<string[]>("failure", "hers");
        await pair.ExchangeAsync("ours", seed: 1, [1000], count: 10);
        await pair.Connection.DisposeAsync();

        // 12: User-Initiated Abort (RFC 9260 section 3.3.10.12). An error first, then the end.
        Assert.Equal(["sctp-failure 12", "close"], await failure);
    });

    [Fact]
    public Task A_page_keeps_a_channel_that_only_its_connection_holds_as_long_as_it_is_open() => chromium.RunAsync(async (browser, cancellationToken) =>
    {
        BrowserPage page = await browser.OpenPageAsync(cancellationToken);
        await using PeerPair pair = await PeerPair.ConnectAsync(page, browser.Network, new PairOptions(), cancellationToken);
        await pair.CallAsync("openAndForget", "forgotten");
        DataChannel channel = await pair.GetChannelAsync("forgotten");
        ChannelReader reader = await pair.GetReaderAsync("forgotten");
        for (int i = 0; i < 3; i++)
        {
            await page.CollectGarbageAsync(cancellationToken);
            await channel.SendAsync("Are you there?", cancellationToken);
            await reader.ExpectAsync("Are you there?");
        }

        await channel.CloseAsync(cancellationToken);
        await reader.ExpectEndAsync();
        while (await pair.CallAsync<bool>("isThere")) await page.CollectGarbageAsync(cancellationToken);
    });

    [Fact]
    public Task We_keep_nothing_of_a_channel_that_was_closed() => chromium.RunAsync(new PairOptions(), async pair =>
    {
        WeakReference[] closed = [await OpenAndCloseAsync(pair, "first"), await OpenAndCloseAsync(pair, "second")];
        await pair.ExchangeAsync("ours", seed: 1, [1000], count: 10);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // The one that was closed last may still be in a local of the loop.
        Assert.False(closed[0].IsAlive);
    });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> OpenAndCloseAsync(PeerPair pair, string label)
    {
        DataChannel channel = await pair.Connection.CreateDataChannelAsync(label);
        await channel.WaitForOpenAsync();
        await channel.CloseAsync();
        return new WeakReference(channel);
    }

    private static async Task<int> SendUntilClosedAsync(DataChannel channel)
    {
        for (int sent = 0; ; sent++)
        {
            try
            {
                await channel.SendAsync(Payload.Bytes(sent, Size));
            }
            catch (WebRtcException e)
            {
                Assert.Equal(WebRtcErrorCode.Closed, e.ErrorCode);
                return sent;
            }
        }
    }
}
