using System.Net;
using BerOfChat.WebRtc.Ice.Gathering;

namespace BerOfChat.WebRtc.Tests.Ice.Gathering;

public sealed class IceServerTests
{
    [Theory]
    [InlineData("stun:stun.example.org", false, "udp", "stun.example.org", 3478)]
    [InlineData("STUN:stun.example.org:19302", false, "udp", "stun.example.org", 19302)]
    [InlineData("turn:turn.example.org", true, "udp", "turn.example.org", 3478)]
    [InlineData("turn:turn.example.org?transport=udp", true, "udp", "turn.example.org", 3478)]
    [InlineData("turn:turn.example.org:80?transport=tcp", true, "tcp", "turn.example.org", 80)]
    [InlineData("turn:turn.example.org?transport=TCP", true, "tcp", "turn.example.org", 3478)]
    [InlineData("turns:turn.example.org", true, "tls", "turn.example.org", 5349)]
    [InlineData("turns:turn.example.org:443?transport=tcp", true, "tls", "turn.example.org", 443)]
    [InlineData("turn:192.0.2.1", true, "udp", "192.0.2.1", 3478)]
    [InlineData("turn:[2001:db8::1]", true, "udp", "2001:db8::1", 3478)]
    [InlineData("turns:[2001:db8::1]:443", true, "tls", "2001:db8::1", 443)]
    public void The_urls_that_browsers_take_are_taken(string text, bool isTurn, string transport, string host, int port)
    {
        Assert.True(IceServerUrl.TryParse(text, out IceServerUrl url, out string? mistake), mistake);
        Assert.Equal((isTurn, transport, host, port), (url.IsTurn, url.Transport.ToName(), url.Host, (int)url.Port));
        Assert.True(IceServerUrl.TryParse(url.ToString(), out IceServerUrl again, out _));
        Assert.Equal(url, again);
        Assert.Equal(text, new IceServer { Urls = [text] }.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("stun.example.org")]
    [InlineData("stuns:stun.example.org")]
    [InlineData("https://turn.example.org")]
    [InlineData("turn://turn.example.org")]
    [InlineData("turn:")]
    [InlineData("turn::3478")]
    [InlineData("turn:anna:secret@turn.example.org")]
    [InlineData("turn:turn.example.org:0")]
    [InlineData("turn:turn.example.org:65536")]
    [InlineData("turn:turn.example.org:port")]
    [InlineData("turn:turn.example.org:")]
    [InlineData("turn:turn.example.org?transport=sctp")]
    [InlineData("turn:turn.example.org?")]
    [InlineData("stun:stun.example.org?transport=udp")]
    [InlineData("turns:turn.example.org?transport=udp")]
    [InlineData("turn:2001:db8::1")]
    [InlineData("turn:[2001:db8::1")]
    [InlineData("turn:[turn.example.org]")]
    [InlineData("turn:[2001:db8::1]3478")]
    [InlineData("turn:turn example.org")]
    public void Others_are_refused_by_a_message_that_shows_a_right_one_and_nothing_of_the_wrong_one(string? text)
    {
        ArgumentException refused = Assert.ThrowsAny<ArgumentException>(() => new IceServer { Urls = [text!] });
        Assert.Contains("turn:turn.example.org:3478?transport=tcp", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_urls_never_throw()
    {
        Random random = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = "turns:[2001:db8::1]:443?transport=tcp".ToCharArray();
            for (int k = 0; k < 3; k++) text[random.Next(text.Length)] = (char)random.Next(1, 300);
            Assert.True(IceServerUrl.TryParse(new string(text), out _, out string? mistake) == mistake is null);
        }
    }

    [Fact]
    public void No_secret_stands_in_a_text()
    {
        IceServer server = new() { Urls = ["turn:turn.example.org"], Username = "anna", Credential = "secret" };
        Assert.Equal("turn:turn.example.org", server.ToString());
        Assert.DoesNotContain("secret", new IceCredential("anna", "secret").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", new PeerConnectionOptions { IceServers = [server] }.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistake_in_the_options_is_told_when_the_connection_is_made()
    {
        AssertRefused("needs credentials", new IceServer { Urls = ["turn:turn.example.org"] });
        AssertRefused("needs credentials", new IceServer { Urls = ["stun:stun.example.org", "turns:turn.example.org"], Username = "anna" });
        AssertRefused("either", new IceServer { Urls = ["turn:turn.example.org"], Username = "anna", Credential = "secret", CredentialProvider = _ => default });
        AssertRefused("508 bytes", new IceServer { Urls = ["turn:turn.example.org"], Username = new string('a', 509), Credential = "secret" });
        AssertRefused("more than 16 URLs", [.. Enumerable.Range(1, 17).Select(i => new IceServer { Urls = [$"stun:stun{i}.example.org"] })]);
        AssertRefused("null", [null!]);
        ArgumentException relay = Assert.Throws<ArgumentException>(() => new PeerConnection(new PeerConnectionOptions { IceTransportPolicy = IceTransportPolicy.Relay, IceServers = [new IceServer { Urls = ["stun:stun.example.org"] }] }));
        Assert.Contains("needs a TURN server", relay.Message, StringComparison.Ordinal);
        ArgumentException proxied = Assert.Throws<ArgumentException>(() => new PeerConnection(new PeerConnectionOptions
        {
            IceTransportPolicy = IceTransportPolicy.Relay, Proxy = new WebProxy("http://127.0.0.1:3128"), IceServers = [new IceServer { Urls = ["turn:turn.example.org"], Username = "anna", Credential = "secret" }],
        }));
        Assert.Contains("TCP or TLS", proxied.Message, StringComparison.Ordinal);

        await using PeerConnection connection = new(new PeerConnectionOptions
        {
            IceTransportPolicy = IceTransportPolicy.Relay,
            IceServers = [new IceServer { Urls = ["stun:stun.example.org", "turn:turn.example.org"], CredentialProvider = _ => ValueTask.FromResult(new IceCredential("anna", "secret")) }],
        });
        Assert.Equal(PeerConnectionState.New, connection.ConnectionState);
    }

    private static void AssertRefused(string reason, params IceServer[] servers)
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => new PeerConnection(new PeerConnectionOptions { IceServers = servers }));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }
}
