using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Threading.Channels;

namespace BerOfChat.Signaling;

/// <summary>One connection to a signaling service, from connecting to its end. Never connects again: a new one takes its place.</summary>
internal sealed class WebSocketConnection : IAsyncDisposable
{
    /// <summary>How many envelopes wait to be sent before publishing waits too; at most 4 MiB.</summary>
    private const int MaxOutgoing = 64;

    private readonly Lock _lock = new();
    private readonly Uri _address;
    private readonly WebSocketSignalingOptions _options;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<SignalingTopicId, List<WebSocketTopic>> _topics = [];
    private readonly Channel<byte[]> _outgoing = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _room = new(MaxOutgoing);
    private readonly Task _task;
    private long _begun;
    private bool _isOver;

    public WebSocketConnection(Uri address, WebSocketSignalingOptions options, TimeSpan pause)
    {
        _address = address;
        _options = options;
        Task pausing = pause > TimeSpan.Zero ? Task.Delay(pause, options.TimeProvider, _stop.Token) : Task.CompletedTask;
        _task = Task.Run(() => RunAsync(pausing));
    }

    /// <summary>Ends when the connection is open, or with a <see cref="BerOfChatException"/>.</summary>
    public Task Opened => _opened.Task;

    public bool IsUsable
    {
        get
        {
            lock (_lock) return !_isOver;
        }
    }

    /// <summary>How long a successor waits: however many topics are to be joined again, a service that cannot be reached is tried once a second.</summary>
    public TimeSpan PauseAfterFailure() => _opened.Task.IsFaulted ? s_pace - _options.TimeProvider.GetElapsedTime(_begun) : TimeSpan.Zero;

    public ISignalingTopic Join(SignalingTopicId id)
    {
        var topic = new WebSocketTopic(this, id);
        lock (_lock)
        {
            if (_isOver) throw Unavailable();
            if (!_topics.TryGetValue(id, out List<WebSocketTopic>? joined))
            {
                if (_topics.Count >= SignalingLimits.MaxTopics) throw TooManyTopics();
                _topics.Add(id, joined = []);
                // Under the lock, so that joins and leaves of a topic keep their order. Only envelopes wait for room: there are as many joins as topics.
                _outgoing.Writer.TryWrite(SignalingFrame.Create(SignalingFrameKind.Join, id));
            }

            joined.Add(topic);
        }

        return topic;
    }

    /// <summary>Sends to the others: the service passes it on to other connections, and those on this connection get it here.</summary>
    public async ValueTask PublishAsync(WebSocketTopic sender, ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken)
    {
        byte[] frame = SignalingFrame.Create(SignalingFrameKind.Envelope, sender.Id, envelope.Span);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        try
        {
            await _room.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unavailable();
        }

        if (!_outgoing.Writer.TryWrite(frame)) throw Unavailable();
        Deliver(sender.Id, frame.AsMemory(SignalingFrame.HeaderSize), except: sender);
    }

    /// <summary>Forgets a topic; the service is told when it was the last of its id.</summary>
    public void Leave(WebSocketTopic topic)
    {
        lock (_lock)
        {
            if (!_topics.TryGetValue(topic.Id, out List<WebSocketTopic>? joined) || !joined.Remove(topic) || joined.Count > 0) return;
            _topics.Remove(topic.Id);
            _outgoing.Writer.TryWrite(SignalingFrame.Create(SignalingFrameKind.Leave, topic.Id));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _task.ConfigureAwait(false);
    }

    private async Task RunAsync(Task pausing)
    {
        try
        {
            await ConnectAsync(pausing).ConfigureAwait(false);
            _opened.TrySetResult();
            Task sending = SendLoopAsync();
            await ReceiveLoopAsync().ConfigureAwait(false);
            await _stop.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(false);
        }
        catch (BerOfChatException e)
        {
            _opened.TrySetException(e);
            _ = _opened.Task.Exception;     // whoever joins sees it; when nobody waits any more, that is no unobserved failure
        }
        finally
        {
            Finish();
        }
    }

    private async Task ConnectAsync(Task pausing)
    {
        await pausing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _begun = _options.TimeProvider.GetTimestamp();
        using var timeout = new CancellationTokenSource(_options.ConnectTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        try
        {
            _socket.Options.CollectHttpResponseDetails = true;
            _socket.Options.KeepAliveInterval = _options.KeepAliveInterval;
            _socket.Options.KeepAliveTimeout = _options.KeepAliveTimeout;
            if (_options.Proxy is { } proxy) _socket.Options.Proxy = proxy;
            _options.Configure?.Invoke(_socket.Options);
            await _socket.ConnectAsync(_address, either.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw Explain(e);
        }
    }

    private BerOfChatException Explain(Exception cause)
    {
        if (_stop.IsCancellationRequested) return new BerOfChatException(BerOfChatErrorCode.Closed, "The signaling client was disposed.");
        if (IsOfProxy(cause)) return new BerOfChatException(BerOfChatErrorCode.SignalingUnavailable, "The proxy does not carry the connection to the signaling service. Check the address and the credentials of the proxy, and whether it allows the port.", isTransient: true, cause);
        HttpStatusCode status = _socket.HttpStatusCode;
        bool isRefused = status is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError;
        bool isTransient = status is not (>= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError) || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout;
        return isRefused
            ? new BerOfChatException(BerOfChatErrorCode.SignalingRefused, $"The signaling service refused the connection (HTTP {(int)status}). Check its address and path.", isTransient, cause)
            : new BerOfChatException(BerOfChatErrorCode.SignalingUnavailable, "The signaling service cannot be reached. Check the address and the network.", isTransient: true, cause);
    }

    private async Task SendLoopAsync()
    {
        try
        {
            await foreach (byte[] frame in _outgoing.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                await _socket.SendAsync(frame.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, _stop.Token).ConfigureAwait(false);
                if (frame[0] == (byte)SignalingFrameKind.Envelope) _room.Release();
            }
        }
        catch (Exception e) when (IsLinkLost(e))
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task ReceiveLoopAsync()
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
                    result = await _socket.ReceiveAsync(buffer.AsMemory(length), _stop.Token).ConfigureAwait(false);
                    length += result.Count;
                }
                while (!result.EndOfMessage && length <= SignalingFrame.MaxSize);

                // A service that sends anything else is no signaling service, and an endless message is not read to its end.
                if (result.MessageType != WebSocketMessageType.Binary || length > SignalingFrame.MaxSize) return;
                Receive(buffer.AsSpan(0, length));
            }
        }
        catch (Exception e) when (IsLinkLost(e))
        {
            // The topics end with the connection.
        }
    }

    private void Receive(ReadOnlySpan<byte> message)
    {
        if (SignalingFrame.TryParse(message, out SignalingFrame frame) && frame.Kind == SignalingFrameKind.Envelope)
            Deliver(frame.Topic, frame.Envelope.ToArray(), except: null);
    }

    private void Deliver(SignalingTopicId id, ReadOnlyMemory<byte> envelope, WebSocketTopic? except)
    {
        lock (_lock)
        {
            if (!_topics.TryGetValue(id, out List<WebSocketTopic>? joined)) return;
            foreach (WebSocketTopic topic in joined)
            {
                if (topic != except) topic.Deliver(envelope);
            }
        }
    }

    private void Finish()
    {
        WebSocketTopic[] topics;
        lock (_lock)
        {
            _isOver = true;
            topics = [.. _topics.Values.SelectMany(joined => joined)];
            _topics.Clear();
        }

        _outgoing.Writer.TryComplete();
        foreach (WebSocketTopic topic in topics) topic.Complete();
        _socket.Dispose();
    }

    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);

    private static bool IsOfProxy(Exception? cause) => cause is not null && (cause is HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } || IsOfProxy(cause.InnerException));

    private static bool IsLinkLost(Exception e) => e is WebSocketException or OperationCanceledException or IOException or SocketException or ObjectDisposedException or InvalidOperationException;

    private static BerOfChatException TooManyTopics() =>
        new(BerOfChatErrorCode.SignalingRefused, $"A signaling service carries at most {SignalingLimits.MaxTopics} topics for one client. Those already joined go on.", isTransient: true);

    private static BerOfChatException Unavailable() =>
        new(BerOfChatErrorCode.SignalingUnavailable, "The connection to the signaling service was lost.", isTransient: true);
}
