using BerOfChat.Invites;
using BerOfChat.Primitives;
using BerOfChat.Rooms;
using BerOfChat.Storage;
using BerOfChat.Sync;

namespace BerOfChat.Client;

/// <summary>Runs one replica: gives it the time, makes its commits durable one after the other, and passes on what comes out of it.</summary>
internal sealed class RoomHost : IDisposable
{
    private readonly ClientContext _context;
    private readonly RoomStore _store;
    private readonly IRoomHostOwner _owner;
    private readonly ITimer _timer;
    private readonly Dictionary<ulong, TaskCompletionSource<Bytes32>> _sending = [];
    private Task _committing = Task.CompletedTask;
    private BerOfChatException? _failure;
    private bool _isDisposed;

    public RoomHost(ClientContext context, RoomStore store, RoomReplica replica, IRoomHostOwner owner)
    {
        _context = context;
        _store = store;
        _owner = owner;
        Replica = replica;
        Id = new RoomId(replica.Room.ToArray());
        ReadableCount = replica.RestoredCount;
        _timer = context.TimeProvider.CreateTimer(_ => Run(static (r, time) => r.HandleTimeout(time)), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public RoomReplica Replica { get; }

    public RoomId Id { get; }

    /// <summary>How many messages are durable and may be read.</summary>
    public int ReadableCount { get; private set; }

    /// <summary>Pulses when there is more to read, and when the room closes.</summary>
    public AsyncPulse Readable { get; } = new();

    /// <summary>The invitations that this device issued for the room, by id.</summary>
    public Dictionary<UInt128, IssuedInvite> Invites { get; } = [];

    /// <summary>Completes when nothing is being committed; a peer that sends faster than the disk writes waits for it.</summary>
    public Task Caught
    {
        get
        {
            lock (_context.Gate) return _committing;
        }
    }

    public bool IsClosed
    {
        get
        {
            lock (_context.Gate) return _isDisposed || _failure is not null;
        }
    }

    /// <summary>Gives the replica an input and drains it.</summary>
    public void Run(Action<RoomReplica, ReplicaTime> input)
    {
        lock (_context.Gate)
        {
            if (_isDisposed || _failure is not null) return;
            input(Replica, _context.Time);
            Drain();
        }
    }

    /// <summary>Gives the replica a message. False when it breaks the rules.</summary>
    public bool Handle(int session, SyncMessage message)
    {
        bool isValid = true;
        Run((replica, time) => isValid = replica.HandleMessage(session, message, time));
        return isValid;
    }

    /// <summary>Has the replica write something; completes when it is durable. What the input throws is thrown to the caller, and nothing is written.</summary>
    public async Task WriteAsync(Action<RoomReplica, ReplicaTime> input, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_context.Gate)
        {
            ThrowIfClosed();
            input(Replica, _context.Time);
            Drain();
        }

        await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a text; completes when it is durable.</summary>
    public async Task<Bytes32> SendAsync(string text, CancellationToken cancellationToken)
    {
        TaskCompletionSource<Bytes32> sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_context.Gate)
        {
            ThrowIfClosed();
            if (Replica.State != RoomState.Joined) throw RoomAdministration.NotAMember();
            ulong ticket = Replica.Send(text, _context.Time);
            _sending.Add(ticket, sent);
            Drain();
        }

        return await sent.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until everything that was written so far is durable.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task committing = Caught;
            lock (_context.Gate)
            {
                ThrowIfClosed();
                if (committing.IsCompleted && !Replica.HasWrites) return;
            }

            await committing.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public static BerOfChatException Closed() => new(BerOfChatErrorCode.Closed, "The client was closed.");

    public void Dispose()
    {
        lock (_context.Gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            _timer.Dispose();
            FailSending(Closed());
            foreach (IssuedInvite invite in Invites.Values) invite.Dispose();
            Replica.Dispose();
        }

        Readable.Raise();
    }

    private void ThrowIfClosed()
    {
        if (_failure is not null) throw _failure;
        if (_isDisposed) throw Closed();
    }

    private void Drain()
    {
        if (_committing.IsCompleted && Replica.TryTakeCommit(out RoomCommit commit)) _committing = CommitAsync(commit);
        while (Replica.TryTake(out RoomOutput output))
        {
            if (output.Message is { } message) _owner.Send(output.Session, message);
            else Handle(output.Event!);
        }

        TimeSpan due = Replica.NextTimeout is { } next ? next - _context.Now : Timeout.InfiniteTimeSpan;
        _timer.Change(due < TimeSpan.Zero && due != Timeout.InfiniteTimeSpan ? TimeSpan.Zero : due, Timeout.InfiniteTimeSpan);
    }

    private void Handle(RoomEvent e)
    {
        switch (e)
        {
            case RoomEvent.MessageShown:
                ReadableCount++;
                Readable.Raise();
                break;
            case RoomEvent.Sent sent:
                if (_sending.Remove(sent.Ticket, out TaskCompletionSource<Bytes32>? waiting)) waiting.SetResult(sent.Hash);
                break;
            case RoomEvent.Refused refused:
                if (_sending.Remove(refused.Ticket, out TaskCompletionSource<Bytes32>? late)) late.SetException(RoomAdministration.NotAMember());
                break;
            default:
                _owner.OnRoomEvent(this, e);
                break;
        }
    }

    private async Task CommitAsync(RoomCommit commit)
    {
        await Task.Yield();
        BerOfChatException? failure = null;
        try
        {
            await _store.CommitAsync(commit.Writes, commit.State, commit.Durability, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BerOfChatException e)
        {
            failure = e;
        }

        lock (_context.Gate)
        {
            _committing = Task.CompletedTask;
            if (_isDisposed) return;
            if (failure is null)
            {
                Replica.HandleCommitted();
                Drain();
                return;
            }

            // What the store may or may not hold now is unknown: the room stands still until the client is opened again.
            _failure = failure;
            FailSending(failure);
        }

        Readable.Raise();
    }

    private void FailSending(BerOfChatException failure)
    {
        foreach (TaskCompletionSource<Bytes32> waiting in _sending.Values) waiting.TrySetException(failure);
        _sending.Clear();
    }
}

/// <summary>What a room needs of its client. Called under the gate.</summary>
internal interface IRoomHostOwner
{
    void Send(int session, SyncMessage message);

    void OnRoomEvent(RoomHost room, RoomEvent e);
}
