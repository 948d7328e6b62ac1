using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>Channels and connections end on both sides, whichever side ends them, and nothing that was sent before is lost.</summary>
public abstract class ClosingContract(PeerFixture peer)
{
    private const int LastMessage = 200_000;

    public static MatrixTheoryData<Side, Side, bool> Channels => new([Side.Peer, Side.We], [Side.Peer, Side.We], [false, true]);

    [Theory]
    [MemberData(nameof(Channels))]
    public Task A_closed_channel_ends_on_both_sides_behind_its_last_message(Side offerer, Side closer, bool isNegotiated)
    {
        PairOptions options = new() { Offerer = offerer, OpenedByUs = isNegotiated ? [] : ["closing"], Negotiated = isNegotiated ? [("closing", 7)] : [] };
        return peer.RunAsync(options, async pair =>
        {
            DataChannel channel = await pair.GetChannelAsync("closing");
            ChannelReader reader = await pair.GetReaderAsync("closing");
            await channel.WaitForOpenAsync();
            await pair.CallAsync("opened", "closing");
            if (closer == Side.Peer)
            {
                await pair.CallAsync("sendAndClose", "closing", 1, LastMessage);
                await reader.ExpectAsync(Payload.Bytes(1, LastMessage));
            }
            else
            {
                await channel.SendAsync(Payload.Bytes(1, LastMessage));
                await channel.CloseAsync();
                await pair.CallAsync("receive", "closing", 1, LastMessage);
            }

            await reader.ExpectEndAsync();
            Assert.Equal(0, await pair.CallAsync<int>("closed", "closing"));
            WebRtcException refused = await Assert.ThrowsAsync<WebRtcException>(async () => await channel.SendAsync("too late"));
            Assert.Equal(WebRtcErrorCode.Closed, refused.ErrorCode);

            // The others know nothing of it.
            await pair.ExchangeAsync("hers", seed: 1, [1000], count: 10);
            Assert.Equal(PeerConnectionState.Connected, pair.Connection.ConnectionState);
        });
    }

    [Theory]
    [InlineData(Side.Peer)]
    [InlineData(Side.We)]
    public Task The_stream_of_a_closed_channel_can_be_used_again(Side opener) => peer.RunAsync(new PairOptions(), async pair =>
    {
        HashSet<int> streams = [];
        for (int i = 0; i < 5; i++)
        {
            string label = $"round {i}";
            await (opener == Side.Peer ? pair.CallAsync("open", label, null) : pair.OpenAsync(label));
            await pair.ExchangeAsync(label, seed: i, [0, 1000], count: 10);
            streams.Add((await pair.GetChannelAsync(label)).Id!.Value);
            Task closed = pair.CallAsync("closed", label);
            await (i % 2 == 0 ? pair.CallAsync("close", label) : (await pair.GetChannelAsync(label)).CloseAsync());
            await closed;
            await (await pair.GetReaderAsync(label)).ExpectEndAsync();
        }

        Assert.Single(streams);
    });

    [Theory]
    [InlineData(Side.Peer)]
    [InlineData(Side.We)]
    public Task A_connection_that_the_peer_closes_ends_here_with_the_reason(Side offerer) => peer.RunAsync(new PairOptions { Offerer = offerer }, async pair =>
    {
        await pair.ExchangeAsync("hers", seed: 1, [1000], count: 10);
        await pair.CallAsync("end");

        ConnectionStateChangedEventArgs end = await pair.WaitForEndAsync();
        Assert.Equal(PeerConnectionState.Closed, end.State);
        Assert.Equal(WebRtcErrorCode.Closed, end.Reason!.ErrorCode);
        Assert.Contains("The peer has", end.Reason.Message, StringComparison.Ordinal);
        foreach (string label in (string[])["hers", "ours"]) await (await pair.GetReaderAsync(label)).ExpectEndAsync();
        Assert.Equal([PeerConnectionState.Connecting, PeerConnectionState.Connected, PeerConnectionState.Closed], pair.States);
    });

    [Theory]
    [InlineData(Side.Peer)]
    [InlineData(Side.We)]
    public Task A_connection_that_we_close_ends_at_the_peer(Side offerer) => peer.RunAsync(new PairOptions { Offerer = offerer }, async pair =>
    {
        await pair.ExchangeAsync("hers", seed: 1, [1000], count: 10);
        await (await pair.GetChannelAsync("hers")).SendAsync(Payload.Bytes(1, LastMessage));
        await pair.CallAsync("receive", "hers", 1, LastMessage);
        await pair.Connection.DisposeAsync();

        Assert.Equal(0, await pair.CallAsync<int>("closed", "hers"));
        Assert.Equal(0, await pair.CallAsync<int>("closed", "ours"));
        Assert.Equal("closed", await pair.CallAsync<string>("transportState", "closed"));
    });
}
