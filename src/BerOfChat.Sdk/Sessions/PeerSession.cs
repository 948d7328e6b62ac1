using System.Runtime.CompilerServices;
using System.Threading.Channels;
using BerOfChat.Identity;
using BerOfChat.Primitives;
using BerOfChat.Sessions.Records;

namespace BerOfChat.Sessions;

/// <summary>A session on a link: moves bytes between the two, and owns the link.</summary>
internal sealed class PeerSession : IPeerSession
{
    private readonly IPeerLink _link;
    private readonly PeerSessionCore _core;
    private readonly MonotonicClock _clock;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private readonly Lane[] _lanes = [new(), new(), new()];
    private readonly Channel<PeerMessage> _received = Channel.CreateBounded<PeerMessage>(new BoundedChannelOptions(MaxWaitingMessages) { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly ITimer _timer;
    private TaskCompletionSource? _pong;
    private Task _reading = Task.CompletedTask;
    private Task? _disposal;
    private RemoteDevice? _remote;
    private SafetyNumber? _safetyNumber;
    private (long Messages, long Bytes) _sent;
    private (long Messages, long Bytes) _delivered;

    private PeerSession(IPeerLink link, SessionParameters parameters)
    {
        _link = link;
        _timeProvider = parameters.TimeProvider;
        _clock = new MonotonicClock(_timeProvider);
        _core = new PeerSessionCore(parameters, link.Binding, _clock.Now, _timeProvider.GetUtcNow());
        LocalId = parameters.Identity.Id;
        TimeSpan due = _core.NextTimeout!.Value - _clock.Now;
        _timer = _timeProvider.CreateTimer(_ => Step(static (core, now) => core.HandleTimeout(now)), null, due, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The device on the other side.</summary>
    public RemoteDevice Remote => _remote ?? throw new InvalidOperationException("The session is not open yet.");

    public PeerIdentity Peer => Remote.Identity;

    public SafetyNumber SafetyNumber => _safetyNumber ??= SafetyNumber.Between(LocalId, Peer.Id);

    public PeerSessionState State
    {
        get
        {
            lock (_lock) return _core.State;
        }
    }

    /// <summary>How the session ended; null while it has not.</summary>
    public SessionEnd? End
    {
        get
        {
            lock (_lock) return _core.End;
        }
    }

    /// <summary>Completes when the session has ended. Never fails.</summary>
    public Task Completion => _ended.Task;

    private PeerId LocalId { get; }

    /// <summary>Shakes hands on a link and returns the open session. Owns the link from the call on.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.HandshakeFailed"/>, or why the peer refused.</exception>
    public static async Task<PeerSession> EstablishAsync(IPeerLink link, SessionParameters parameters, CancellationToken cancellationToken)
    {
        PeerSession session;
        try
        {
            session = new PeerSession(link, parameters);
        }
        catch
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        try
        {
            session._reading = Task.Run(session.ReadLinkAsync, CancellationToken.None);
            session.Step(static (_, _) => { });
            await session._opened.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, PeerLane lane = PeerLane.Live, CancellationToken cancellationToken = default)
    {
        if (!Enum.IsDefined(lane)) throw new ArgumentOutOfRangeException(nameof(lane));
        if (message.Length > MessageAssembler.MaxMessageSize)
            throw new BerOfChatException(BerOfChatErrorCode.MessageTooLarge, $"A message of a session has at most {MessageAssembler.MaxMessageSize} bytes.");

        Lane sending = _lanes[(int)lane];
        await sending.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            OutgoingMessage progress = default;
            CancellationToken token = cancellationToken;
            while (!progress.IsComplete)
            {
                int size;
                lock (_lock)
                {
                    if (_core.End is { } end) throw end.ToException();
                    if (_core.State != PeerSessionState.Open) throw new InvalidOperationException("The session is not open yet.");
                    size = _core.Seal(lane, message.Span, ref progress, sending.Buffer);
                }

                // Once its first record has a counter, a message can no longer be taken back.
                await SendRecordAsync(lane, sending.Buffer.AsMemory(0, size)).ConfigureAwait(false);
            }

            lock (_lock) _sent = (_sent.Messages + 1, _sent.Bytes + message.Length);
        }
        finally
        {
            sending.Turn.Release();
        }
    }

    public async IAsyncEnumerable<PeerMessage> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (PeerMessage message in _received.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return message;
        if (End is { IsClean: false } end) throw end.ToException();
    }

    /// <summary>Whether the peer gives a sign of life in time.</summary>
    public async Task<bool> PingAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        Task answered;
        lock (_lock)
        {
            if (_core.State != PeerSessionState.Open) return false;
            _core.Ping(_clock.Now);
            _pong ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            answered = _pong.Task;
        }

        _ = FlushControlAsync();
        try
        {
            await Task.WhenAny(answered, _ended.Task).WaitAsync(timeout, _timeProvider, cancellationToken).ConfigureAwait(false);
            return answered.IsCompleted;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Ends the session and tells the peer why. Returns when it is over; never fails.</summary>
    public async Task CloseAsync(SessionCloseReason reason)
    {
        Step((core, _) => core.Close(reason));
        await DisposeAsync().ConfigureAwait(false);
    }

    public PeerSessionStatistics GetStatistics()
    {
        lock (_lock)
        {
            return new PeerSessionStatistics
            {
                MessagesSent = _sent.Messages,
                BytesSent = _sent.Bytes,
                MessagesReceived = _delivered.Messages,
                BytesReceived = _delivered.Bytes,
                RecordsSent = _core.Records.Sent,
                RecordsReceived = _core.Records.Received,
                RoundTripTime = _core.RoundTripTime,
                Link = _link.GetStatistics(),
            };
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock) return new ValueTask(_disposal ??= Task.Run(EndAsync));
    }

    private async Task EndAsync()
    {
        Step(static (core, _) => core.Close(SessionCloseReason.Done));

        // The goodbye is on its way; the peer answers it by closing the link. One that does not is not waited for.
        await _timer.DisposeAsync().ConfigureAwait(false);
        await FlushControlAsync().WaitAsync(s_goodbyeTimeout, _timeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (End is { IsByPeer: false, ErrorCode: not BerOfChatErrorCode.ConnectionLost })
            await _reading.WaitAsync(s_goodbyeTimeout, _timeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _closing.CancelAsync().ConfigureAwait(false);
        await _link.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (Lane lane in _lanes) await lane.Turn.WaitAsync().ConfigureAwait(false);
        lock (_lock) _core.Dispose();
        foreach (Lane lane in _lanes) lane.Turn.Release();
    }

    /// <summary>Gives the core an input and acts on what follows, except for messages, which only the reading loop takes out.</summary>
    private void Step(Action<PeerSessionCore, MonotonicTime> input)
    {
        lock (_lock)
        {
            input(_core, _clock.Now);
            Settle();
        }

        _ = FlushControlAsync();
    }

    private void Settle()
    {
        if (_core.State == PeerSessionState.Open && _remote is null)
        {
            _remote = _core.Remote;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _opened.TrySetResult();
        }

        if (_pong is not null && !_core.IsPingOpen)
        {
            _pong.SetResult();
            _pong = null;
        }

        if (_core.End is not { } end) return;
        if (_opened.TrySetException(end.ToException())) _ = _opened.Task.Exception;
        _ended.TrySetResult();
    }

    private async Task ReadLinkAsync()
    {
        Exception? cause = null;
        try
        {
            await foreach (PeerRecord record in _link.ReadAllAsync(_closing.Token).ConfigureAwait(false))
            {
                Step((core, now) => core.HandleRecord(record.Lane, record.Payload.Span, now));
                while (TryTakeMessage(out PeerMessage message)) await _received.Writer.WriteAsync(message, _closing.Token).ConfigureAwait(false);
                if (End is { } end && (end.IsByPeer || end.ErrorCode != BerOfChatErrorCode.Closed)) break;
            }
        }
        catch (Exception e) when (e is BerOfChatException or OperationCanceledException)
        {
            // The link has ended, or we close: both end the session, and only the first has a cause.
            cause = e as BerOfChatException;
        }

        Step((core, _) => core.HandleLinkEnded(cause));
        _received.Writer.TryComplete();
        lock (_lock) _disposal ??= Task.Run(EndAsync);
    }

    private bool TryTakeMessage(out PeerMessage message)
    {
        lock (_lock)
        {
            if (!_core.TryReadMessage(out message)) return false;
            _delivered = (_delivered.Messages + 1, _delivered.Bytes + message.Payload.Length);
            return true;
        }
    }

    private async Task FlushControlAsync()
    {
        Lane control = _lanes[(int)PeerLane.Control];
        await control.Turn.WaitAsync().ConfigureAwait(false);
        try
        {
            while (true)
            {
                int size;
                lock (_lock)
                {
                    if (!_core.TryWrite(control.Buffer, out size)) return;
                    Settle();
                }

                await SendRecordAsync(PeerLane.Control, control.Buffer.AsMemory(0, size)).ConfigureAwait(false);
            }
        }
        catch (BerOfChatException)
        {
            // The reading loop has noticed, or soon will.
        }
        finally
        {
            control.Turn.Release();
        }
    }

    private async ValueTask SendRecordAsync(PeerLane lane, ReadOnlyMemory<byte> record)
    {
        try
        {
            await _link.SendAsync(lane, record, _closing.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BerOfChatException or OperationCanceledException)
        {
            // As in the reading loop; the sender is told the session's end, which may be an older one.
            lock (_lock)
            {
                _core.HandleLinkEnded(e as BerOfChatException);
                Settle();
                throw _core.End!.ToException();
            }
        }
    }

    /// <summary>One message at a time has the turn on a lane, and its record the buffer.</summary>
    private sealed class Lane
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public byte[] Buffer { get; } = new byte[RecordFormat.MaxSize];
    }

    private const int MaxWaitingMessages = 64;

    private static readonly TimeSpan s_goodbyeTimeout = TimeSpan.FromSeconds(1);
}
