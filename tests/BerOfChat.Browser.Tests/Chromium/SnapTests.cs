namespace BerOfChat.Browser;

/// <summary>The SCTP handshake in the descriptions (SNAP).</summary>
[Collection(SnapChromiumDefinition.Name)]
public sealed class SnapTests(SnapChromium chromium)
{
    [Theory]
    [InlineData(Side.Peer)]
    [InlineData(Side.We)]
    public Task A_browser_and_we_agree_on_the_association_in_the_descriptions(Side offerer) => RunAsync(offerer, usesSnap: true, agrees: true);

    [Theory]
    [InlineData(Side.Peer)]
    [InlineData(Side.We)]
    public Task Unless_asked_to_we_neither_offer_nor_accept_it(Side offerer) => RunAsync(offerer, usesSnap: false, agrees: false);

    private Task RunAsync(Side offerer, bool usesSnap, bool agrees) => chromium.RunAsync(async (browser, cancellationToken) =>
    {
        string offer = "";
        string Note(string sdp)
        {
            if (offer.Length == 0) offer = sdp;
            return sdp;
        }

        PairOptions options = new() { Offerer = offerer, UseSnap = usesSnap, TowardsPeer = Note, TowardsUs = Note };
        await using PeerPair pair = await PeerPair.ConnectAsync(browser, options, cancellationToken);
        Assert.Equal(agrees || offerer == Side.Peer, offer.Contains("a=sctp-init:", StringComparison.Ordinal));
        Assert.Equal(agrees, pair.Answer.Contains("a=sctp-init:", StringComparison.Ordinal));
        await Task.WhenAll(
            pair.ExchangeAsync("hers", seed: 1, [1, 1000, 65_536], count: 200),
            pair.ExchangeAsync("ours", seed: 3, [1, 1000, 65_536], count: 200));
    });
}
