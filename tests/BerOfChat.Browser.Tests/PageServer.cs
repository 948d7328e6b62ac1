using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BerOfChat.Browser;

/// <summary>Serves the page and exchanges JSON with it over a WebSocket.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Channel<JsonElement> _received = Channel.CreateUnbounded<JsonElement>();
    private readonly TaskCompletionSource<WebSocket> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();

    private PageServer(WebApplication application) => _application = application;

    public Uri Page => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public ChannelReader<JsonElement> Received => _received.Reader;

    public static async Task<PageServer> StartAsync(CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        WebApplication application = builder.Build();
        var server = new PageServer(application);
        application.UseWebSockets();
        application.MapGet("/", ServePageAsync);
        application.Map("/signal", server.ServeSocketAsync);
        await application.StartAsync(cancellationToken);
        return server;
    }

    public async Task SendAsync(object message, CancellationToken cancellationToken)
    {
        WebSocket socket = await _connected.Task.WaitAsync(cancellationToken);
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, true, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _application.DisposeAsync();
        _closing.Dispose();
    }

    private static async Task ServePageAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        await using Stream page = typeof(PageServer).Assembly.GetManifestResourceStream("page.html")!;
        await page.CopyToAsync(context.Response.Body);
    }

    private async Task ServeSocketAsync(HttpContext context)
    {
        WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        _connected.SetResult(socket);
        byte[] buffer = new byte[65_536];
        try
        {
            while (true)
            {
                int length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await socket.ReceiveAsync(buffer.AsMemory(length), _closing.Token);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close) break;
                _received.Writer.TryWrite(JsonDocument.Parse(Encoding.UTF8.GetString(buffer, 0, length)).RootElement);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The page is gone.
        }

        _received.Writer.TryComplete();
    }
}
