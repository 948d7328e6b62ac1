using System.Threading.Tasks.Sources;
using BerOfChat.WebRtc.DataChannels;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Messages on their way from the loop to the one who reads a channel. A reader that waits is woken once for all that a turn has brought.</summary>
internal sealed class MessageInbox : IValueTaskSource<bool>, IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _signal;
    // The loop's own, what both share, and the reader's own.
    private Queue<ReceivedMessage> _ofTurn = [];
    private Queue<ReceivedMessage> _arrived = [];
    private Queue<ReceivedMessage> _taken = [];
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _cancelledBy;
    private bool _isWaiting;
    private bool _isComplete;

    /// <summary>Adds a message, which is there for the reader after <see cref="Flush"/>. On the loop's thread only.</summary>
    public void Add(in ReceivedMessage message) => _ofTurn.Enqueue(message);

    /// <summary>Hands over what was added, and wakes who waits for it. On the loop's thread only.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_arrived.Count == 0) (_arrived, _ofTurn) = (_ofTurn, _arrived);
            while (_ofTurn.TryDequeue(out ReceivedMessage message)) _arrived.Enqueue(message);
            if (!_isWaiting || (_arrived.Count == 0 && !_isComplete)) return;
            _isWaiting = false;
        }

        ReaderThread.Wake(this);
    }

    /// <summary>Nothing more will come. On the loop's thread only.</summary>
    public void Complete()
    {
        lock (_gate) _isComplete = true;
        Flush();
    }

    /// <summary>Takes the next message. For one reader.</summary>
    public bool TryTake(out ReceivedMessage message)
    {
        if (_taken.TryDequeue(out message)) return true;
        lock (_gate) (_taken, _arrived) = (_arrived, _taken);
        return _taken.TryDequeue(out message);
    }

    /// <summary>Waits until there may be a message; false when none will come any more. For one reader.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_arrived.Count > 0) return new ValueTask<bool>(true);
            if (_isComplete) return new ValueTask<bool>(false);
            _signal.Reset();
            _cancelledBy = default;
            _isWaiting = true;
        }

        _cancellation = cancellationToken.UnsafeRegister(static (self, token) => ((MessageInbox)self!).Cancel(token), this);
        return new ValueTask<bool>(this, _signal.Version);
    }

    /// <summary>Ends the reader's wait.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (_cancelledBy.IsCancellationRequested) _signal.SetException(new OperationCanceledException(_cancelledBy));
        else _signal.SetResult(true);
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _cancellation.Dispose();
        return _signal.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_isWaiting) return;
            _isWaiting = false;
        }

        _cancelledBy = cancellationToken;
        ReaderThread.Wake(this);
    }
}
