using BerOfChat.WebRtc;

namespace BerOfChat.Client;

public sealed class IceServerOptionsTests
{
    [Fact]
    public async Task A_mistake_about_servers_is_told_when_the_client_opens()
    {
        await AssertRefusedAsync("needs credentials", new BerOfChatOptions { IceServers = { new IceServer { Urls = ["turn:turn.example.org"] } } });
        await AssertRefusedAsync("needs a TURN server", new BerOfChatOptions { IceTransportPolicy = IceTransportPolicy.Relay });
        await AssertRefusedAsync("options of Transport", new BerOfChatOptions { Transport = new WebRtcPeerTransport(), IceServers = { new IceServer { Urls = ["stun:stun.example.org"] } } });
        Assert.Throws<ArgumentException>(() => new WebRtcPeerTransport(new PeerConnectionOptions { IceTransportPolicy = IceTransportPolicy.Relay }));

        await using BerOfChatClient client = await BerOfChatClient.OpenAsync(new BerOfChatOptions { IceServers = { new IceServer { Urls = ["stun:stun.example.org"] } } }, TestContext.Current.CancellationToken);
    }

    private static async Task AssertRefusedAsync(string reason, BerOfChatOptions options)
    {
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => BerOfChatClient.OpenAsync(options, TestContext.Current.CancellationToken));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }
}
