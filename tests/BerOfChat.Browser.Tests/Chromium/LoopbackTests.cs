namespace BerOfChat.Browser;

/// <summary>What can be tested of a browser where nobody may make a network for it.</summary>
public sealed class LoopbackTests
{
    [Fact]
    public async Task A_browser_on_loopback_exchanges_every_size_with_us()
    {
        if (Chromium.FindObstacle() is { } obstacle) Assert.Skip(obstacle);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        await using Chromium chromium = await Chromium.StartOnLoopbackAsync();
        foreach (Side offerer in (Side[])[Side.Peer, Side.We])
        {
            await using PeerPair pair = await PeerPair.ConnectAsync(chromium, new PairOptions { Offerer = offerer }, patience.Token);
            await Task.WhenAll(
                pair.ExchangeAsync("hers", seed: 1, [0, 1, 1000, 16_384, 65_536, 262_144], count: 1000),
                pair.ExchangeAsync("ours", seed: 3, [0, 1, 1000, 16_384, 65_536, 262_144], count: 1000));
        }
    }
}
