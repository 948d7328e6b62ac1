using System.Buffers;
using System.Runtime.CompilerServices;
using BerOfChat.WebRtc.Buffers;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sockets;

namespace BerOfChat.WebRtc;

/// <summary>A channel of messages between two peers (W3C RTCDataChannel). Members may be called from any thread.</summary>
public sealed class DataChannel : IAsyncDisposable
{
    private readonly PeerConnection _connection;
    private readonly MessageInbox _received = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _maxBufferedAmount;
    private readonly Lock _gate = new();
    private TaskCompletionSource? _room;
    private long _posted;
    private long _buffered;
    private long _lowThreshold;
    private int _isRead;
    private bool _isAboveThreshold;

    internal DataChannel(PeerConnection connection, int handle, string label, DataChannelInit init, int maxBufferedAmount)
    {
        _connection = connection;
        Handle = handle;
        _maxBufferedAmount = maxBufferedAmount;
        Label = label;
        Protocol = init.Protocol;
        Ordered = init.Ordered;
        MaxRetransmits = init.MaxRetransmits;
        MaxPacketLifeTime = init.MaxPacketLifeTime;
        Id = init.NegotiatedId;
        // Nobody has to wait for either.
        _ = _opened.Task.ContinueWith(static t => t.Exception, TaskScheduler.Default);
    }

    /// <summary>Raised on the thread pool when no more than <see cref="BufferedAmountLowThreshold"/> is queued after more was (W3C bufferedamountlow).</summary>
    public event EventHandler? BufferedAmountLow;

    /// <summary>What whoever opened it has named it.</summary>
    public string Label { get; }

    /// <summary>The subprotocol; empty when there is none.</summary>
    public string Protocol { get; }

    /// <summary>Whether messages arrive in the order in which they were sent.</summary>
    public bool Ordered { get; }

    /// <summary>How often a lost part of a message is sent again at most; null when that has no limit.</summary>
    public ushort? MaxRetransmits { get; }

    /// <summary>How long after it was sent a message is of use; null when that has no limit.</summary>
    public TimeSpan? MaxPacketLifeTime { get; }

    /// <summary>The stream it uses; null until the connection is up.</summary>
    public ushort? Id { get; private set; }

    /// <summary>Where it stands.</summary>
    public DataChannelState State { get; private set; }

    /// <summary>Bytes that were sent by the application and have not left for the first time.</summary>
    public long BufferedAmount => Interlocked.Read(ref _posted) + Interlocked.Read(ref _buffered);

    /// <summary>At so many queued bytes <see cref="BufferedAmountLow"/> is raised. The default is 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public long BufferedAmountLowThreshold
    {
        get => Interlocked.Read(ref _lowThreshold);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Interlocked.Exchange(ref _lowThreshold, value);
        }
    }

    internal int Handle { get; }

    /// <summary>Completes when messages can be sent.</summary>
    /// <exception cref="WebRtcException">It was closed before that, or the connection failed.</exception>
    public Task WaitForOpenAsync(CancellationToken cancellationToken = default) => _opened.Task.WaitAsync(cancellationToken);

    /// <summary>Sends bytes. Returns when they are queued; waits before that until the channel is open and while too much is queued. The memory may be reused after the call.</summary>
    /// <param name="message">The message, at most as large as the peer accepts (262,144 bytes unless that sets <see cref="PeerConnectionOptions.MaxMessageSize"/>).</param>
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

    /// <summary>Sends bytes if the channel is open and has room; never waits. The memory may be reused after the call.</summary>
    /// <param name="message">The message, at most as large as the peer accepts.</param>
    /// <returns>False when nothing was sent: the channel is not open yet, or too much is queued.</returns>
    /// <exception cref="WebRtcException"><see cref="WebRtcErrorCode.Closed"/>, or <see cref="WebRtcErrorCode.MessageTooLarge"/>.</exception>
    public bool TrySend(ReadOnlySpan<byte> message) => TrySend(DataChannelMessageKind.Binary, message);

    /// <summary>The messages that arrive, for one reader. A slow reader slows the sender down; nothing is lost. Ends when the channel is closed.</summary>
    /// <remarks>
    /// The bytes of a message lie in memory that is used again: they are valid until the next message is asked for. Copy what is to be kept. What follows the await runs on the thread pool, or on a thread that is
    /// kept for readers; it may block there, for nobody waits behind it.
    /// </remarks>
    /// <exception cref="InvalidOperationException">There is a reader already.</exception>
    public async IAsyncEnumerable<DataChannelMessage> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isRead, 1) != 0) throw new InvalidOperationException("A data channel has one reader, and there is one already.");
        try
        {
            do
            {
                while (_received.TryTake(out ReceivedMessage message))
                {
                    _connection.Consume(message.Charge);
                    using MessageMemory memory = new(message.Payload);
                    yield return new DataChannelMessage(message.Kind, memory.Bytes);
                }
            }
            while (await _received.WaitAsync(cancellationToken).ConfigureAwait(false));
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
        _connection.Post((core, _) => core.Channels.Close(Handle));
        await _closed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the channel without waiting for the peer.</summary>
    public ValueTask DisposeAsync()
    {
        if (State != DataChannelState.Closed) _connection.Post((core, _) => core.Channels.Close(Handle));
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
        _received.Complete();
        MakeRoom();
    }

    internal void OnMessage(in ReceivedMessage message) => _received.Add(message);

    /// <summary>All messages of a turn were handed over.</summary>
    internal void OnTurnEnd() => _received.Flush();

    /// <summary>A message has reached the queue that <see cref="OnBuffered"/> reports.</summary>
    internal void OnQueued(int length)
    {
        Interlocked.Add(ref _buffered, length);
        Interlocked.Add(ref _posted, -length);
        _isAboveThreshold |= BufferedAmount > BufferedAmountLowThreshold;
    }

    internal void OnBuffered(long amount)
    {
        Interlocked.Exchange(ref _buffered, amount);
        // Not at once, or each packet that leaves would wake the sender for another.
        if (BufferedAmount <= _maxBufferedAmount / 2) MakeRoom();
        if (!_isAboveThreshold || BufferedAmount > BufferedAmountLowThreshold) return;
        _isAboveThreshold = false;
        if (BufferedAmountLow is not null) _connection.Dispatch(() => BufferedAmountLow?.Invoke(this, EventArgs.Empty));
    }

    private ValueTask SendAsync(DataChannelMessageKind kind, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TrySend(kind, message.Span) ? ValueTask.CompletedTask : SendWhenPossibleAsync(kind, message, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendWhenPossibleAsync(DataChannelMessageKind kind, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await WaitForOpenAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            Task room = WaitForRoom();
            if (TrySend(kind, message.Span)) return;
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private bool TrySend(DataChannelMessageKind kind, ReadOnlySpan<byte> message)
    {
        if (State is DataChannelState.Closing or DataChannelState.Closed) throw new WebRtcException(WebRtcErrorCode.Closed, "The data channel is closed.");
        if (State == DataChannelState.Connecting) return false;
        long limit = Math.Min(_connection.RemoteMaxMessageSize, DataChannelEndpoint.MaxMessage);
        if (message.Length > limit) throw new WebRtcException(WebRtcErrorCode.MessageTooLarge, $"The message has {message.Length} bytes, at most {limit} can be sent to this peer.");
        if (!TryReserve(Math.Max(1, message.Length))) return false;
        _connection.Send(this, kind, message);
        return true;
    }

    // Many senders that see the same room at once must not all take it.
    private bool TryReserve(int length)
    {
        while (true)
        {
            long posted = Interlocked.Read(ref _posted);
            if (posted + Interlocked.Read(ref _buffered) >= _maxBufferedAmount) return false;
            if (Interlocked.CompareExchange(ref _posted, posted + length, posted) == posted) return true;
        }
    }

    private Task WaitForRoom()
    {
        lock (_gate) return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    private void MakeRoom()
    {
        TaskCompletionSource? room;
        lock (_gate) (room, _room) = (_room, null);
        room?.TrySetResult();
    }

    /// <summary>A message in one piece.</summary>
    private readonly struct MessageMemory : IDisposable
    {
        private readonly BlockSlice _slice;
        private readonly byte[]? _copy;

        public MessageMemory(BlockSlice slice)
        {
            if (slice.IsContiguous)
            {
                _slice = slice;
                Bytes = slice.Memory;
                return;
            }

            _copy = ArrayPool<byte>.Shared.Rent(slice.Length);
            slice.CopyTo(_copy);
            slice.Release();
            Bytes = _copy.AsMemory(0, slice.Length);
        }

        public ReadOnlyMemory<byte> Bytes { get; }

        public void Dispose()
        {
            _slice.Release();
            if (_copy is not null) ArrayPool<byte>.Shared.Return(_copy);
        }
    }
}
