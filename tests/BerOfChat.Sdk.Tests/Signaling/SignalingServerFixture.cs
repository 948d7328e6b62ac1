using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>The real signaling server on a port of 127.0.0.1.</summary>
public sealed class SignalingServerFixture : IAsyncLifetime
{
    private WebApplication? _app;

    public Uri Address { get; private set; } = null!;

    /// <summary>0 for a free one.</summary>
    public int Port { get; init; }

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{Port}");
        builder.Services.AddBerOfChatSignaling();
        _app = builder.Build();
        _app.MapBerOfChatSignaling();
        await _app.StartAsync();
        Address = new UriBuilder(_app.Urls.Single()) { Scheme = "ws", Path = "/berofchat" }.Uri;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
    }
}
