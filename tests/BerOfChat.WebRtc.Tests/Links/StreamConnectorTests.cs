using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using BerOfChat.Proxies;
using BerOfChat.WebRtc.Proxies;
using BerOfChat.WebRtc.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace BerOfChat.WebRtc.Tests.Links;

/// <summary>Names, proxies and certificates on the way to a server. Nobody but the proxy knows the server's name.</summary>
public sealed class StreamConnectorTests : IAsyncDisposable
{
    private readonly LinkServer _server = new();
    private readonly LinkWatch _watch = new();
    private TestProxy _proxy = new();

    public async ValueTask DisposeAsync()
    {
        _server.Dispose();
        await _proxy.DisposeAsync();
    }

    [Theory]
    [InlineData("http", false, false)]
    [InlineData("http", true, false)]
    [InlineData("http", true, true)]
    [InlineData("socks5", false, false)]
    [InlineData("socks5", true, false)]
    [InlineData("socks5", true, true)]
    public async Task A_server_whose_name_only_the_proxy_knows_is_reached(string scheme, bool useTls, bool wantsCredentials)
    {
        if (wantsCredentials) await WantCredentialsAsync();
        _proxy.Names[LinkServer.Name] = _server.EndPoint;
        WebProxy proxy = wantsCredentials ? _proxy.ToSetting(scheme, "user", "pass wörd") : _proxy.ToSetting(scheme);
        using StreamLink link = Open(LinkServer.Name, 443, useTls, proxy, _server.Roots);
        using Stream peer = useTls ? await _server.AcceptTlsAsync() : await _server.AcceptAsync();
        await _watch.OpenedAsync();
        await peer.WriteAsync(StreamLinkTests.Stun(8), TestContext.Current.CancellationToken);
        Assert.Equal(StreamLinkTests.Stun(8), await _watch.ReceiveAsync(link));
        link.Send(StreamLinkTests.Stun(40), 60);
        byte[] received = new byte[60];
        await peer.ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        Assert.Equal(StreamLinkTests.Stun(40), received);
        Assert.Equal([LinkServer.Name + ":443"], _proxy.Destinations);
        if (!useTls) return;
        Assert.Equal(LinkServer.Name, _server.SeenName);
        Assert.Equal("stun.turn", _server.SeenProtocol.ToString());
    }

    [Fact]
    public async Task Without_a_proxy_and_with_one_that_is_bypassed_nobody_asks_the_proxy()
    {
        WebProxy proxy = _proxy.ToSetting("http");
        proxy.BypassList = [".*"];
        foreach (WebProxy? setting in (WebProxy?[])[null, proxy, new WebProxy()])
        {
            using StreamLink link = StreamLink.Open(1, new StreamServer("127.0.0.1", _server.EndPoint.Port, UseTls: true), new StreamLinkOptions { Proxy = setting }, new LinkWatch());
            using NetworkStream peer = await _server.AcceptAsync();
        }

        Assert.Empty(_proxy.Destinations);
    }

    [Theory]
    [InlineData("http", null, ProxyFailureKind.CredentialsRequired)]
    [InlineData("http", "somebody", ProxyFailureKind.CredentialsRefused)]
    [InlineData("socks5", null, ProxyFailureKind.CredentialsRequired)]
    [InlineData("socks5", "somebody", ProxyFailureKind.CredentialsRefused)]
    internal async Task A_proxy_that_wants_other_credentials_is_named(string scheme, string? user, ProxyFailureKind kind)
    {
        await WantCredentialsAsync();
        _proxy.Names[LinkServer.Name] = _server.EndPoint;
        StreamLinkFailure failure = await FailAsync(LinkServer.Name, 443, useTls: false, user is null ? _proxy.ToSetting(scheme) : _proxy.ToSetting(scheme, user, "wrong"));
        Assert.Equal((StreamLinkFailureKind.ProxyRefused, kind), (failure.Kind, failure.Proxy!.Kind));
        Assert.Empty(_proxy.Destinations);
        Assert.DoesNotContain("somebody", failure.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", failure.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task A_name_that_the_proxy_does_not_know_is_named(string scheme)
    {
        StreamLinkFailure failure = await FailAsync("unknown.test", 443, useTls: false, _proxy.ToSetting(scheme));
        Assert.Equal((StreamLinkFailureKind.ProxyRefused, ProxyFailureKind.DestinationUnreachable), (failure.Kind, failure.Proxy!.Kind));
        Assert.DoesNotContain("unknown.test", failure.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http", StreamLinkFailureKind.ProxyUnreachable)]
    [InlineData("socks5", StreamLinkFailureKind.ProxyUnreachable)]
    [InlineData("https", StreamLinkFailureKind.ProxyNotSupported)]
    [InlineData("socks4", StreamLinkFailureKind.ProxyNotSupported)]
    internal async Task A_proxy_that_is_not_there_or_of_another_kind_is_named(string scheme, StreamLinkFailureKind kind)
    {
        WebProxy proxy = _proxy.ToSetting(scheme);
        await _proxy.DisposeAsync();
        Assert.Equal(kind, (await FailAsync(LinkServer.Name, 443, useTls: false, proxy)).Kind);
    }

    [Fact]
    public async Task A_proxy_setting_that_throws_costs_only_the_link() =>
        Assert.Equal(StreamLinkFailureKind.ProxyNotSupported, (await FailAsync(LinkServer.Name, 443, useTls: false, new ThrowingProxy())).Kind);

    [Fact]
    public async Task Where_nothing_may_go_past_the_proxy_one_that_names_none_for_the_server_costs_the_link()
    {
        using StreamLink link = StreamLink.Open(1, new StreamServer("127.0.0.1", _server.EndPoint.Port, false), new StreamLinkOptions { Proxy = new WebProxy(), RequiresProxy = true }, _watch);
        Assert.Equal(StreamLinkFailureKind.ProxyNotSupported, (await _watch.ClosedAsync()).Kind);
        await link.Ended;
    }

    [Fact]
    public async Task Credentials_of_a_proxy_that_throw_cost_only_the_link()
    {
        WebProxy proxy = _proxy.ToSetting("http");
        proxy.Credentials = new ThrowingCredentials();
        Assert.Equal(StreamLinkFailureKind.ProxyNotSupported, (await FailAsync(LinkServer.Name, 443, useTls: false, proxy)).Kind);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nearly")]
    [InlineData("SSH-2.0-OpenSSH_10.0\r\n")]
    [InlineData("")]
    public async Task What_is_no_proxy_is_named(string answer)
    {
        Task<StreamLinkFailure> failing = FailAsync(LinkServer.Name, 443, useTls: false, new WebProxy(new Uri($"http://127.0.0.1:{_server.EndPoint.Port}")));
        using NetworkStream peer = await _server.AcceptAsync();
        await peer.ReadAtLeastAsync(new byte[1000], 1, cancellationToken: TestContext.Current.CancellationToken);
        await peer.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), TestContext.Current.CancellationToken);
        peer.Socket.Shutdown(SocketShutdown.Send);
        StreamLinkFailure failure = await failing;
        Assert.Equal((StreamLinkFailureKind.ProxyRefused, ProxyFailureKind.Malformed), (failure.Kind, failure.Proxy!.Kind));
    }

    [Theory]
    [InlineData(LinkServer.Name, false)]
    [InlineData("other.test", true)]
    [InlineData("127.0.0.1", true)]
    public async Task A_certificate_of_somebody_else_or_for_another_name_is_refused(string name, bool isTrusted)
    {
        _proxy.Names[name] = _server.EndPoint;
        Task<StreamLinkFailure> failing = FailAsync(name, 443, useTls: true, _proxy.ToSetting("http"), isTrusted ? _server.Roots : null, port: name == "127.0.0.1" ? _server.EndPoint.Port : null);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using Stream peer = await _server.AcceptTlsAsync();
            await peer.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        });
        StreamLinkFailure failure = await failing;
        Assert.Equal(StreamLinkFailureKind.CertificateRefused, failure.Kind);
        Assert.Contains(isTrusted ? "another name" : "trust", failure.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_speak_TLS_is_named()
    {
        Task<StreamLinkFailure> failing = FailAsync("127.0.0.1", _server.EndPoint.Port, useTls: true);
        using NetworkStream peer = await _server.AcceptAsync();
        await peer.WriteAsync("220 mail.example\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(StreamLinkFailureKind.TlsFailed, (await failing).Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_or_a_proxy_that_never_answers_is_given_up(bool useProxy)
    {
        FakeTimeProvider time = new();
        IPEndPoint silent = _server.EndPoint;
        using StreamLink link = StreamLink.Open(
            1,
            useProxy ? new StreamServer(LinkServer.Name, 443, UseTls: false) : new StreamServer("127.0.0.1", silent.Port, UseTls: true),
            new StreamLinkOptions { TimeProvider = time, Proxy = useProxy ? new WebProxy(new Uri($"socks5://127.0.0.1:{silent.Port}")) : null },
            _watch);
        using NetworkStream peer = await _server.AcceptAsync();
        await peer.ReadAtLeastAsync(new byte[1000], 1, cancellationToken: TestContext.Current.CancellationToken);
        time.Advance(new StreamLinkOptions().ConnectTimeout - TimeSpan.FromTicks(1));
        Assert.Equal(0, _watch.Calls);
        time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(StreamLinkFailureKind.TimedOut, (await _watch.ClosedAsync()).Kind);
    }

    private async Task WantCredentialsAsync()
    {
        await _proxy.DisposeAsync();
        _proxy = new TestProxy { Credentials = new NetworkCredential("user", "pass wörd") };
    }

    private async Task<StreamLinkFailure> FailAsync(string host, int defaultPort, bool useTls, IWebProxy? proxy = null, X509Certificate2Collection? roots = null, int? port = null)
    {
        using StreamLink link = Open(host, port ?? defaultPort, useTls, proxy, roots);
        StreamLinkFailure failure = await _watch.ClosedAsync();
        await link.Ended;
        Assert.NotEmpty(failure.Text);
        return failure;
    }

    private StreamLink Open(string host, int port, bool useTls, IWebProxy? proxy, X509Certificate2Collection? roots) =>
        StreamLink.Open(1, new StreamServer(host, port, useTls), new StreamLinkOptions { Proxy = proxy, TrustedRoots = roots }, _watch);

    private sealed class ThrowingCredentials : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType) => throw new NotSupportedException();
    }

    private sealed class ThrowingProxy : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => throw new NotSupportedException();

        public bool IsBypassed(Uri host) => throw new NotSupportedException();
    }
}
