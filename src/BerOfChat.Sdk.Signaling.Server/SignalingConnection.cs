using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace BerOfChat.Signaling.Server;

/// <summary>One WebSocket: reads frames until something in it is wrong or it ends, and writes what others send to its topics.</summary>
internal sealed class SignalingConnection(SignalingHub hub, WebSocket socket) : IDisposable
{
    private readonly Channel<ReadOnlyMemory<byte>> _outgoing = Channel.CreateUnbounded<ReadOnlyMemory<byte>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private int _queued;

    /// <summary>The topics this connection is in; belongs to the hub.</summary>
    public HashSet<SignalingTopicId> Topics { get; } = [];

    /// <summary>Serves the connection until it ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.Register(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
        Task sending = SendLoopAsync();
        WebSocketCloseStatus? status = await ReceiveLoopAsync().ConfigureAwait(false);
        hub.Exit(this);
        _outgoing.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        await sending.ConfigureAwait(false);
        await CloseAsync(status).ConfigureAwait(false);
    }

    /// <summary>Queues a frame. A connection that does not read is closed rather than served from memory.</summary>
    public void Post(ReadOnlyMemory<byte> frame)
    {
        if (Interlocked.Add(ref _queued, frame.Length) > hub.Options.MaxQueuedBytes || !_outgoing.Writer.TryWrite(frame))
            _ = _stop.CancelAsync();    // not here: this runs under the hub's lock, and in another connection's turn
    }

    public void Dispose()
    {
        socket.Dispose();
    }

    private async Task<WebSocketCloseStatus?> ReceiveLoopAsync()
    {
        byte[] buffer = new byte[SignalingFrame.MaxSize + 1];
        try
        {
            while (true)
            {
                int length = 0;
                ValueWebSocketReceiveResult result;
                do
                {
                    result = await socket.ReceiveAsync(buffer.AsMemory(length), _stop.Token).ConfigureAwait(false);
                    length += result.Count;
                }
                while (!result.EndOfMessage && length <= SignalingFrame.MaxSize);

                if (result.MessageType == WebSocketMessageType.Close) return WebSocketCloseStatus.NormalClosure;
                if (result.MessageType != WebSocketMessageType.Binary) return WebSocketCloseStatus.InvalidMessageType;
                if (length > SignalingFrame.MaxSize) return WebSocketCloseStatus.MessageTooBig;
                if (Handle(buffer.AsSpan(0, length)) is { } refused) return refused;
            }
        }
        catch (Exception e) when (IsLinkLost(e))
        {
            // Nobody is left to be told a reason.
            return null;
        }
    }

    /// <summary>The reason to close the connection, or null.</summary>
    private WebSocketCloseStatus? Handle(ReadOnlySpan<byte> message)
    {
        if (!SignalingFrame.TryParse(message, out SignalingFrame frame)) return WebSocketCloseStatus.ProtocolError;
        switch (frame.Kind)
        {
            case SignalingFrameKind.Join:
                return hub.TryJoin(this, frame.Topic) ? null : WebSocketCloseStatus.PolicyViolation;
            case SignalingFrameKind.Leave:
                hub.Leave(this, frame.Topic);
                return null;
            default:
                hub.Publish(this, frame.Topic, message.ToArray());
                return null;
        }
    }

    private async Task SendLoopAsync()
    {
        try
        {
            await foreach (ReadOnlyMemory<byte> frame in _outgoing.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                await socket.SendAsync(frame, WebSocketMessageType.Binary, endOfMessage: true, _stop.Token).ConfigureAwait(false);
                Interlocked.Add(ref _queued, -frame.Length);
            }
        }
        catch (Exception e) when (IsLinkLost(e))
        {
            // The reading half may wait for a message that never comes.
            await _stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task CloseAsync(WebSocketCloseStatus? status)
    {
        if (status is null || socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            socket.Abort();
            return;
        }

        using var timeout = new CancellationTokenSource(s_closeTimeout);
        try
        {
            await socket.CloseOutputAsync(status.Value, null, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsLinkLost(e))
        {
            // It was polite only.
        }
    }

    /// <summary>Everything that a WebSocket throws when its connection is gone, depending on who notices first.</summary>
    private static bool IsLinkLost(Exception e) =>
        e is WebSocketException or OperationCanceledException or IOException or ConnectionAbortedException or ObjectDisposedException or InvalidOperationException;

    private static readonly TimeSpan s_closeTimeout = TimeSpan.FromSeconds(2);
}
