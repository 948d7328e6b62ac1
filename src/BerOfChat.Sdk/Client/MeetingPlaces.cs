using BerOfChat.Invites;
using BerOfChat.Primitives;
using BerOfChat.Signaling;

namespace BerOfChat.Client;

/// <summary>Everywhere this device waits for others: with each other device of a room, at its door there, and at each invitation it has issued.</summary>
/// <remarks>Meetings are told of sessions in order, but never under the gate: what they do then may run other code.</remarks>
internal sealed class MeetingPlaces(ClientContext context, SignalingDirectory signaling, Func<ConnectionAttempt, Task> onAttempt, Func<RoomHost, IssuedInvite, ConnectionAttempt, Task> onInvited)
    : IAsyncDisposable
{
    private readonly Dictionary<(RoomId Room, Bytes32 Device), PairMeeting> _pairs = [];
    private readonly Dictionary<UInt128, InviteListener> _invites = [];
    private readonly List<Task> _running = [];
    private readonly HashSet<RoomHost> _rooms = [];
    private readonly EventDispatcher _notifications = new();
    private Func<Bytes32, bool> _hasSession = static _ => false;
    private Doors? _doors;
    private ITimer? _expiries;
    private MonotonicTime _nextRetry;
    private bool _isClosed;

    /// <summary>Somebody looks for us although we have a session with its device: it may have restarted.</summary>
    public event Action<Bytes32>? PeerReady;

    /// <summary>Waits for the member devices (or the nearest of many) and at every live invitation of the room, and no longer for others. Call under the gate, whenever either changes.</summary>
    public void Refresh(RoomHost room, Func<Bytes32, bool> hasSession)
    {
        if (_isClosed) return;
        IReadOnlyList<ISignalingTransport> transports = TransportsOf(room);
        if (transports.Count == 0) return;
        _hasSession = hasSession;
        _doors ??= new Doors(context, Run, Stop, OnStrangers);
        _rooms.Add(room);
        _expiries ??= context.TimeProvider.CreateTimer(_ => Look(), null, s_lookInterval, s_lookInterval);
        RefreshPairs(room, transports);
        RefreshInvites(room, transports);
    }

    /// <summary>There is a session with the device. Call under the gate.</summary>
    public void NotifySessionOpen(Bytes32 device) => Notify(device, static meeting => meeting.NotifySessionOpen());

    /// <summary>There is no session with the device any more. Call under the gate.</summary>
    public void NotifySessionClosed(Bytes32 device) => Notify(device, static meeting => meeting.NotifySessionClosed());

    /// <summary>Something waits for those of the room who are away: services that could not be reached are tried at once. Call under the gate.</summary>
    public void RetryLinks(RoomHost room)
    {
        MonotonicTime now = context.Now;
        if (_isClosed || now < _nextRetry) return;
        _nextRetry = now + s_retryInterval;
        foreach (((RoomId at, Bytes32 device), PairMeeting meeting) in _pairs)
        {
            if (at == room.Id && !_hasSession(device)) _notifications.Post(meeting.RetryLinks);
        }
    }

    public async ValueTask DisposeAsync()
    {
        IAsyncDisposable[] meetings;
        Task[] running;
        lock (context.Gate)
        {
            _isClosed = true;
            meetings = [.. _pairs.Values, .. _invites.Values, .. _doors?.All ?? []];
            running = [.. _running];
        }

        if (_expiries is not null) await _expiries.DisposeAsync().ConfigureAwait(false);
        await _notifications.DisposeAsync().ConfigureAwait(false);
        foreach (IAsyncDisposable meeting in meetings) await meeting.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void OnStrangers(RoomHost room)
    {
        if (!_isClosed) RefreshPairs(room, TransportsOf(room));
    }

    private IReadOnlyList<ISignalingTransport> TransportsOf(RoomHost room) => signaling.For(SignalingDirectory.Parse(room.Replica.Stored.Addresses));

    private void RefreshPairs(RoomHost room, IReadOnlyList<ISignalingTransport> transports)
    {
        RoomId id = room.Id;
        Bytes32 own = context.Identity.Certificate.DeviceAgreement;
        HashSet<Bytes32> wanted = room.Replica.IsDeparted ? [] : MeetingRing.Neighbours(own, room.Replica.Members.Select(log => log.Author.Certificate.DeviceAgreement));
        _doors!.Refresh(room, transports, wanted, _hasSession);
        wanted.UnionWith(_doors.StrangersOf(id));
        wanted.UnionWith(room.Replica.RemovedDevices(context.Time));
        foreach (((RoomId at, Bytes32 device), PairMeeting meeting) in _pairs)
        {
            if (at != id || wanted.Contains(device)) continue;
            _pairs.Remove((at, device));        // allowed while enumerating
            Stop(meeting);
        }

        foreach (Bytes32 device in wanted)
        {
            if (_pairs.ContainsKey((id, device))) continue;
            var meeting = new PairMeeting(id, context.Identity.DeviceAgreement, device, transports, context.Random, context.TimeProvider, context.Logger);
            _pairs.Add((id, device), meeting);
            meeting.PeerReady += () => PeerReady?.Invoke(device);
            if (_hasSession(device)) _notifications.Post(meeting.NotifySessionOpen);
            Start(meeting.ReadAttemptsAsync, onAttempt);
        }
    }

    private void RefreshInvites(RoomHost room, IReadOnlyList<ISignalingTransport> transports)
    {
        foreach (IssuedInvite invite in room.Invites.Values)
        {
            bool isWaitedFor = IsWaitedFor(room, invite);
            if (isWaitedFor == _invites.ContainsKey(invite.InviteId)) continue;
            if (_invites.Remove(invite.InviteId, out InviteListener? over))
            {
                Stop(over);
                continue;
            }

            var listener = new InviteListener(invite, transports, context.Random, context.TimeProvider, context.Logger);
            _invites.Add(invite.InviteId, listener);
            Start(listener.ReadAttemptsAsync, attempt => onInvited(room, invite, attempt));
        }
    }

    /// <summary>Invitations expire, and removed devices are given up, without anything else happening.</summary>
    private void Look()
    {
        lock (context.Gate)
        {
            if (_isClosed) return;
            foreach (RoomHost room in _rooms)
            {
                IReadOnlyList<ISignalingTransport> transports = TransportsOf(room);
                RefreshPairs(room, transports);
                RefreshInvites(room, transports);
            }
        }
    }

    /// <summary>Ends a meeting. What that runs must not happen under the gate.</summary>
    private void Stop(IAsyncDisposable meeting)
    {
        _running.RemoveAll(static task => task.IsCompleted);
        _running.Add(Task.Run(() => meeting.DisposeAsync().AsTask()));
    }

    private void Notify(Bytes32 device, Action<PairMeeting> notify)
    {
        foreach (((_, Bytes32 peer), PairMeeting meeting) in _pairs)
        {
            if (peer == device) _notifications.Post(() => notify(meeting));
        }

        if (_isClosed) return;
        foreach (RoomHost room in _rooms) RefreshPairs(room, TransportsOf(room));
    }

    private void Run(Func<CancellationToken, Task> run) => _running.Add(Task.Run(() => run(context.Closing.Token)));

    private void Start(Func<CancellationToken, IAsyncEnumerable<ConnectionAttempt>> read, Func<ConnectionAttempt, Task> handle) =>
        _running.Add(Task.Run(async () =>
        {
            List<Task> attempts = [];
            await foreach (ConnectionAttempt attempt in read(context.Closing.Token).ConfigureAwait(false))
            {
                attempts.RemoveAll(done => done.IsCompleted);
                attempts.Add(handle(attempt));
            }

            await Task.WhenAll(attempts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }));

    /// <summary>Whether somebody may still come with the invitation: it is valid, or who was added has not joined yet, for at most 30 days.</summary>
    private bool IsWaitedFor(RoomHost room, IssuedInvite invite)
    {
        if (!room.Replica.IsAdmin) return false;
        DateTimeOffset now = context.TimeProvider.GetUtcNow();
        if (!invite.State.IsRevoked && now <= invite.Invite.ExpiresAt) return true;
        return now <= invite.Invite.ExpiresAt + s_longestWait
            && invite.State.AddedAccounts.Any(account => room.Replica.Membership.IsAdded(account) && room.Replica.Members.All(log => log.Account != account));
    }

    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(30);
}
