using System.Net;
using BerOfChat.Proxies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>Signaling to a service whose name only the proxy knows.</summary>
public sealed class ProxiedSignalingTests : IAsyncLifetime
{
    private static readonly SignalingTopicId s_topic = new(new byte[32]);
    private static readonly Uri s_address = new("ws://signal.test:5080/berofchat");

    private WebApplication _app = null!;

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddBerOfChatSignaling();
        _app = builder.Build();
        _app.MapBerOfChatSignaling();
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("http", false)]
    [InlineData("http", true)]
    [InlineData("socks5", false)]
    [InlineData("socks5", true)]
    public async Task A_service_whose_name_only_the_proxy_knows_is_reached(string scheme, bool wantsCredentials)
    {
        await using TestProxy proxy = Start(wantsCredentials);
        await using WebSocketSignaling signaling = Through(wantsCredentials ? proxy.ToSetting(scheme, "user", "password") : proxy.ToSetting(scheme));
        await using ISignalingTopic one = await signaling.JoinAsync(s_topic), other = await signaling.JoinAsync(s_topic);
        await one.PublishAsync(new byte[] { 7 });
        await foreach (ReadOnlyMemory<byte> envelope in other.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal([7], envelope.ToArray());
            break;
        }

        Assert.Equal(["signal.test:5080"], proxy.Destinations);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task A_proxy_that_refuses_is_named(string scheme)
    {
        await using TestProxy proxy = Start(wantsCredentials: true);
        await using WebSocketSignaling signaling = Through(proxy.ToSetting(scheme, "user", "wrong"));
        BerOfChatException e = await Assert.ThrowsAsync<BerOfChatException>(async () => await signaling.JoinAsync(s_topic));
        Assert.Equal((BerOfChatErrorCode.SignalingUnavailable, true), (e.ErrorCode, e.IsTransient));
        Assert.Contains("proxy", e.Message, StringComparison.Ordinal);
        Assert.Empty(proxy.Destinations);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1:21")]
    [InlineData("socks4://127.0.0.1:1080")]
    [InlineData("socks5://user:password@127.0.0.1:1080")]
    public void An_address_that_is_no_proxys_is_refused_at_once(string address) => Assert.Throws<ArgumentException>(() => Through(new WebProxy(new Uri(address))));

    private static WebSocketSignaling Through(WebProxy proxy) => new(s_address, new WebSocketSignalingOptions { AllowInsecure = true, Proxy = proxy });

    private TestProxy Start(bool wantsCredentials)
    {
        TestProxy proxy = new() { Credentials = wantsCredentials ? new NetworkCredential("user", "password") : null };
        proxy.Names["signal.test"] = new IPEndPoint(IPAddress.Loopback, new Uri(_app.Urls.Single()).Port);
        return proxy;
    }
}
