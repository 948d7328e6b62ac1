using System.Runtime.CompilerServices;
using System.Threading.Channels;
using BerOfChat.WebRtc.DataChannels;

namespace BerOfChat.WebRtc;

/// <summary>A channel of messages between two peers (W3C RTCDataChannel). Members may be called from any thread.</summary>
public sealed class DataChannel : IAsyncDisposable
{
    private readonly PeerConnection _connection;
    private readonly int _handle;
    private readonly Channel<ReceivedMessage> _received = System.Threading.Channels.Channel.CreateUnbounded<ReceivedMessage>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _maxBufferedAmount;
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private long _posted;
    private long _buffered;
    private int _isRead;

    internal DataChannel(PeerConnection connection, int handle, string label, DataChannelInit init, int maxBufferedAmount)
    {
        _connection = connection;
        _handle = handle;
        _maxBufferedAmount = maxBufferedAmount;
        Label = label;
        Protocol = init.Protocol;
        Ordered = init.Ordered;
        Id = init.NegotiatedId;
        // Nobody has to wait for either.
        _ = _opened.Task.ContinueWith(static t => t.Exception, TaskScheduler.Default);
    }

    /// <summary>What whoever opened it has named it.</summary>
    public string Label { get; }

    /// <summary>The subprotocol; empty when there is none.</summary>
    public string Protocol { get; }

    /// <summary>Whether messages arrive in the order in which they were sent.</summary>
    public bool Ordered { get; }

    /// <summary>The stream it uses; null until the connection is up.</summary>
    public ushort? Id { get; private set; }

    /// <summary>Where it stands.</summary>
    public DataChannelState State { get; private set; }

    /// <summary>Bytes that were sent by the application and have not left for the first time.</summary>
    public long BufferedAmount => Interlocked.Read(ref _posted) + Interlocked.Read(ref _buffered);

    /// <summary>Completes when messages can be sent.</summary>
    /// <exception cref="WebRtcException">It was closed before that, or the connection failed.</exception>
    public Task WaitForOpenAsync(CancellationToken cancellationToken = default) => _opened.Task.WaitAsync(cancellationToken);

    /// <summary>Sends bytes. Returns when they are queued; waits before that until the channel is open and while too much is queued. The memory may be reused after the call.</summary>
    /// <param name="message">The message, at most as large as the peer accepts (262,144 bytes between peers of this package).</param>
    /// <param name="cancellationToken">Ends the wait; the message is then not sent.</param>
    /// <exception cref="WebRtcException"><see cref="WebRtcErrorCode.Closed"/>, or <see cref="WebRtcErrorCode.MessageTooLarge"/>.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default) => SendAsync(DataChannelMessageKind.Binary, message, cancellationToken);

    /// <summary>Sends text.</summary>
    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    public ValueTask SendAsync(string message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(DataChannelMessageKind.Text, System.Text.Encoding.UTF8.GetBytes(message), cancellationToken);
    }

    /// <summary>The messages that arrive, for one reader. A slow reader slows the sender down; nothing is lost. Ends when the channel is closed.</summary>
    /// <exception cref="InvalidOperationException">There is a reader already.</exception>
    public async IAsyncEnumerable<DataChannelMessage> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isRead, 1) != 0) throw new InvalidOperationException("A data channel has one reader, and there is one already.");
        try
        {
            await foreach (ReceivedMessage message in _received.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                _connection.Consume(message.Charge);
                yield return new DataChannelMessage(message.Kind, message.Payload);
            }
        }
        finally
        {
            Volatile.Write(ref _isRead, 0);
        }
    }

    /// <summary>Closes the channel once everything queued was sent; returns when both sides have.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        if (State is DataChannelState.Connecting or DataChannelState.Open) State = DataChannelState.Closing;
        _connection.Post((core, _) => core.Channels.Close(_handle));
        await _closed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the channel without waiting for the peer.</summary>
    public ValueTask DisposeAsync()
    {
        if (State != DataChannelState.Closed) _connection.Post((core, _) => core.Channels.Close(_handle));
        return ValueTask.CompletedTask;
    }

    internal void OnOpened(ushort? id)
    {
        Id = id;
        if (State == DataChannelState.Connecting) State = DataChannelState.Open;
        _opened.TrySetResult();
    }

    internal void OnClosed(WebRtcException reason)
    {
        State = DataChannelState.Closed;
        _opened.TrySetException(reason);
        _closed.TrySetResult();
        _received.Writer.TryComplete();
        MakeRoom();
    }

    internal void OnMessage(ReceivedMessage message) => _received.Writer.TryWrite(message);

    internal void OnBuffered(long amount)
    {
        Interlocked.Exchange(ref _buffered, amount);
        if (BufferedAmount < _maxBufferedAmount) MakeRoom();
    }

    private async ValueTask SendAsync(DataChannelMessageKind kind, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_opened.Task.IsCompletedSuccessfully) await WaitForOpenAsync(cancellationToken).ConfigureAwait(false);
        long limit = Math.Min(_connection.RemoteMaxMessageSize, DataChannelEndpoint.MaxBufferedAmount);
        if (message.Length > limit) throw new WebRtcException(WebRtcErrorCode.MessageTooLarge, $"The message has {message.Length} bytes, at most {limit} can be sent to this peer.");
        while (true)
        {
            Task room = Volatile.Read(ref _room).Task;
            if (State != DataChannelState.Open) throw new WebRtcException(WebRtcErrorCode.Closed, "The data channel is closed.");
            if (TryReserve(message.Length)) break;
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        byte[] copy = message.ToArray();
        _connection.Post((core, _) =>
        {
            core.Channels.SendOwned(_handle, kind, copy);
            Interlocked.Exchange(ref _buffered, core.Channels.GetBufferedAmount(_handle));
            Interlocked.Add(ref _posted, -copy.Length);
        });
    }

    // Under a lock: many senders that see the same room at once must not all take it.
    private bool TryReserve(int length)
    {
        lock (_gate)
        {
            if (BufferedAmount >= _maxBufferedAmount) return false;
            Interlocked.Add(ref _posted, length);
            return true;
        }
    }

    private void MakeRoom() => Interlocked.Exchange(ref _room, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
