using System.Collections.Concurrent;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BerOfChat.Signaling.Server.Tests;

/// <summary>The server on a free port of 127.0.0.1, with everything that it logs.</summary>
internal sealed class RunningServer : IAsyncDisposable, ILoggerProvider
{
    private readonly List<ClientWebSocket> _clients = [];
    private WebApplication _app = null!;

    public ConcurrentQueue<string> Log { get; } = [];

    public Uri Address { get; private set; } = null!;

    public static async Task<RunningServer> StartAsync(Action<SignalingServerOptions>? configure = null)
    {
        var server = new RunningServer();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(server).SetMinimumLevel(LogLevel.Trace);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddBerOfChatSignaling(configure);
        server._app = builder.Build();
        server._app.MapBerOfChatSignaling();
        await server._app.StartAsync();
        server.Address = new UriBuilder(server._app.Urls.Single()) { Scheme = "ws", Path = "/berofchat" }.Uri;
        return server;
    }

    public async Task<ClientWebSocket> ConnectAsync(params SignalingTopicId[] topics)
    {
        var client = new ClientWebSocket();
        client.Options.CollectHttpResponseDetails = true;
        lock (_clients) _clients.Add(client);
        await client.ConnectAsync(Address, TestContext.Current.CancellationToken);
        foreach (SignalingTopicId topic in topics) await client.SendFrameAsync(SignalingFrameKind.Join, topic);
        return client;
    }

    public ILogger CreateLogger(string categoryName) => new Logger(Log);

    void IDisposable.Dispose()
    {
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ClientWebSocket client in _clients) client.Dispose();
        await _app.DisposeAsync();
    }

    private sealed class Logger(ConcurrentQueue<string> log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
    }
}

internal static class ClientWebSocketExtensions
{
    public static async Task SendFrameAsync(this ClientWebSocket client, SignalingFrameKind kind, SignalingTopicId topic, byte[]? envelope = null) =>
        await client.SendAsync(SignalingFrame.Create(kind, topic, envelope ?? []), WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);

    /// <summary>The next message, or null when the server closes the connection.</summary>
    public static async Task<byte[]?> ReceiveAsync(this ClientWebSocket client)
    {
        byte[] buffer = new byte[SignalingFrame.MaxSize];
        int length = 0;
        while (true)
        {
            ValueWebSocketReceiveResult result = await client.ReceiveAsync(buffer.AsMemory(length), TestContext.Current.CancellationToken);
            if (result.MessageType == WebSocketMessageType.Close) return null;
            length += result.Count;
            if (result.EndOfMessage) return buffer[..length];
        }
    }

    /// <summary>The envelope of the next message of a topic, or null when the server closes the connection; other topics' messages are skipped.</summary>
    public static async Task<byte[]?> ReceiveAsync(this ClientWebSocket client, SignalingTopicId topic)
    {
        byte[] beginning = SignalingFrame.Create(SignalingFrameKind.Envelope, topic);
        while (await client.ReceiveAsync() is { } message)
        {
            if (message.AsSpan().StartsWith(beginning)) return message[beginning.Length..];
        }

        return null;
    }

    /// <summary>Waits until the server has handled all that this client sent: joins a fresh topic last, and waits until an envelope arrives there.</summary>
    public static async Task SettleAsync(this ClientWebSocket client, RunningServer server)
    {
        SignalingTopicId topic = SignalingServerTests.NewTopic();
        await client.SendFrameAsync(SignalingFrameKind.Join, topic);
        using ClientWebSocket other = await server.ConnectAsync(topic);
        Task<byte[]?> received = client.ReceiveAsync(topic);
        while (!received.IsCompleted)
        {
            await other.SendFrameAsync(SignalingFrameKind.Envelope, topic, [1]);
            await Task.WhenAny(received, Task.Delay(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken));
        }

        Assert.NotNull(await received);
    }
}
