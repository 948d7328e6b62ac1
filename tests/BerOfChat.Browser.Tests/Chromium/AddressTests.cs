namespace BerOfChat.Browser;

/// <summary>A browser hides its addresses behind mDNS names: whoever has no resolver for them learns the addresses from its checks.</summary>
[Collection(DefaultChromiumDefinition.Name)]
public sealed class HiddenAddressTests(DefaultChromium chromium)
{
    [Theory]
    [InlineData(Side.Peer, false)]
    [InlineData(Side.Peer, true)]
    [InlineData(Side.We, false)]
    [InlineData(Side.We, true)]
    public Task Addresses_behind_names_are_learnt_from_checks(Side offerer, bool usesIPv6) =>
        chromium.RunAsync(new PairOptions { Offerer = offerer, UsesIPv6 = usesIPv6 }, async pair =>
        {
            await pair.ExchangeAsync("ours", seed: 1, [1000], count: 10);

            await pair.CandidatesComplete;
            Assert.NotEmpty(pair.PeersCandidates);
            Assert.All(pair.PeersCandidates, candidate => Assert.Matches(@"^candidate:\d+ 1 (udp|tcp) \d+ [0-9a-f-]{36}\.local \d+ typ host ", candidate));
            Assert.Equal("prflx", (await pair.Connection.GetStatisticsAsync()).RemoteCandidateType);
        });

    [Fact]
    public Task Chromium_announces_its_names_to_the_line_that_it_hangs_on_and_talks_to_nobody_but_us() => chromium.RunAsync(async (browser, cancellationToken) =>
    {
        await using PeerPair pair = await PeerPair.ConnectAsync(browser, new PairOptions(), cancellationToken);
        await pair.ExchangeAsync("ours", seed: 1, [1000], count: 10);

        Assert.NotEqual(0, browser.Watch!.ToUs);
        Assert.NotEqual(0, browser.Watch!.MulticastDns);
        Assert.Empty(browser.Watch!.Strangers);
    });
}

/// <summary>The same with the addresses themselves.</summary>
[Collection(OpenChromiumDefinition.Name)]
public sealed class OpenAddressTests(OpenChromium chromium)
{
    [Theory]
    [InlineData(Side.Peer, false)]
    [InlineData(Side.Peer, true)]
    [InlineData(Side.We, false)]
    [InlineData(Side.We, true)]
    public Task Named_addresses_are_used(Side offerer, bool usesIPv6) => chromium.RunAsync(async (browser, cancellationToken) =>
    {
        await using PeerPair pair = await PeerPair.ConnectAsync(browser, new PairOptions { Offerer = offerer, UsesIPv6 = usesIPv6 }, cancellationToken);
        await pair.ExchangeAsync("ours", seed: 1, [1000], count: 10);

        await pair.CandidatesComplete;
        string address = (usesIPv6 ? browser.Network.Theirs6 : browser.Network.Theirs4).ToString();
        Assert.Contains(pair.PeersCandidates, candidate => candidate.Contains($" {address} ", StringComparison.Ordinal));
        Assert.Equal("host", (await pair.Connection.GetStatisticsAsync(cancellationToken)).RemoteCandidateType);
        Assert.Equal(0, browser.Watch!.MulticastDns);
        Assert.Empty(browser.Watch!.Strangers);
    });
}
