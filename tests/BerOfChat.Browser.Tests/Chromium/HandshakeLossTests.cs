namespace BerOfChat.Browser;

/// <summary>A browser and we repeat what the other has not heard of the DTLS handshake, in both roles.</summary>
[Collection(DefaultChromiumDefinition.Name)]
public sealed class HandshakeLossTests(DefaultChromium chromium)
{
    public static MatrixTheoryData<Side, int> Flights => new([Side.Peer, Side.We], [1, 2, 3, 4]);

    [Theory]
    [MemberData(nameof(Flights))]
    public Task Any_flight_that_is_lost_is_repeated_by_one_of_the_two(Side dtlsClient, int lost) => chromium.RunAsync(async (browser, cancellationToken) =>
    {
        await using LossyRelay relay = new(browser.Network.Ours4, lost);
        PairOptions options = new() { Offerer = dtlsClient == Side.We ? Side.Peer : Side.We, DtlsClient = dtlsClient, CandidateTowardsPeer = relay.Redirect };
        await using PeerPair pair = await PeerPair.ConnectAsync(browser, options, cancellationToken);
        await pair.ExchangeAsync("ours", seed: 1, [1000], count: 10);
        Assert.NotEqual(0, relay.Lost);
    });
}
