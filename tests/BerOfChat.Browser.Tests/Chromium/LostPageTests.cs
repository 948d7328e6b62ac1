using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>Pages that go without a word. The test kills all pages of its browser, so it has one that few others use.</summary>
[Collection(OpenChromiumDefinition.Name)]
public sealed class LostPageTests(OpenChromium chromium)
{
    // Thirty seconds are waited for in virtual time only.
    private static readonly TimeSpan s_consent = TimeSpan.FromSeconds(10);

    [Fact]
    public Task A_page_whose_tab_is_closed_or_killed_is_missed_and_then_given_up_with_the_reason() => chromium.RunAsync(async (browser, cancellationToken) =>
    {
        await using PeerPair closed = await PeerPair.ConnectAsync(browser, new PairOptions { ConsentTimeout = s_consent }, cancellationToken);
        await closed.ExchangeAsync("hers", seed: 1, [1000], count: 10);
        await closed.Peer.DisposeAsync();
        await using PeerPair killed = await PeerPair.ConnectAsync(browser, new PairOptions { Offerer = Side.We, ConsentTimeout = s_consent }, cancellationToken);
        await killed.ExchangeAsync("hers", seed: 1, [1000], count: 10);
        await browser.KillRenderersAsync(cancellationToken);

        foreach (PeerPair pair in (PeerPair[])[closed, killed])
        {
            ConnectionStateChangedEventArgs end = await pair.WaitForEndAsync();
            Assert.Equal(PeerConnectionState.Failed, end.State);
            Assert.Equal(WebRtcErrorCode.ConsentExpired, end.Reason!.ErrorCode);
            Assert.True(end.Reason.IsTransient);
            Assert.Equal([PeerConnectionState.Connecting, PeerConnectionState.Connected, PeerConnectionState.Disconnected, PeerConnectionState.Failed], pair.States);
            foreach (string label in (string[])["hers", "ours"]) await (await pair.GetReaderAsync(label)).ExpectEndAsync();
            await Assert.ThrowsAsync<WebRtcException>(async () => await (await pair.GetChannelAsync("ours")).SendAsync("Is anybody there?"));
        }
    });
}
