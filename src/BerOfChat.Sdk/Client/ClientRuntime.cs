using System.Runtime.CompilerServices;
using BerOfChat.Invites;
using BerOfChat.Primitives;
using BerOfChat.Rooms;
using BerOfChat.Sessions;
using BerOfChat.Signaling;
using BerOfChat.Storage;
using BerOfChat.Sync;

namespace BerOfChat.Client;

/// <summary>A running client: its rooms, its sessions, the places where it waits, and what flows between them.</summary>
internal sealed class ClientRuntime : IPeerHubOwner, IRoomHostOwner, IAsyncDisposable
{
    private readonly ClientContext _context;
    private readonly SignalingDirectory _signaling;
    private readonly Connector _connector;
    private readonly PeerHub _hub;
    private readonly MeetingPlaces _places;
    private readonly SessionReview _sessions;
    private readonly Dictionary<RoomId, RoomHost> _rooms = [];
    private readonly Dictionary<UInt128, PendingJoin> _joins = [];
    private readonly Dictionary<int, PendingJoin> _joinSessions = [];
    private readonly List<Task> _joining = [];
    private readonly AttemptTurns _turns = new();

    public ClientRuntime(ClientContext context)
    {
        _context = context;
        _signaling = new SignalingDirectory(context.Options);
        _connector = new Connector(context, Report);
        _hub = new PeerHub(context, this);
        _sessions = new SessionReview(context, _hub, IsNeeded);
        _places = new MeetingPlaces(context, _signaling, HandleAttemptAsync, HandleInvitedAsync);
        _places.PeerReady += device => _ = Task.Run(() => CheckSessionAsync(device));
    }

    /// <summary>Raised through the dispatcher.</summary>
    public event Action<ConnectionProgressEventArgs>? Progress;

    /// <summary>A room has appeared: created, joined or loaded. Raised under the gate.</summary>
    public event Action<RoomHost>? RoomAdded;

    /// <summary>Something that a room's application may want to know. Raised under the gate.</summary>
    public event Action<RoomHost, RoomEvent>? RoomChanged;

    /// <summary>Loads what the profile holds and begins to look for peers.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (RoomStore store in await _context.Profile.OpenRoomsAsync(cancellationToken).ConfigureAwait(false))
        {
            var rows = new RoomRows(
                store.State,
                await store.ReadAllAsync(StoreTable.Entries, cancellationToken).ConfigureAwait(false),
                await store.ReadAllAsync(StoreTable.Positions, cancellationToken).ConfigureAwait(false),
                await store.ReadAllAsync(StoreTable.EpochKeys, cancellationToken).ConfigureAwait(false));
            byte[] id = new byte[RoomId.Size];
            store.Id.CopyTo(id);
            RoomReplica replica = RoomReplica.Load(Bytes32.Read(id), rows, _context.Identity, _context.Time, _context.Random) ?? throw Corrupt();
            var room = new RoomHost(_context, store, replica, this);
            foreach (ReadOnlyMemory<byte> row in await store.ReadAllAsync(StoreTable.Invites, cancellationToken).ConfigureAwait(false))
            {
                if (!IssuedInvite.TryDecode(row, out IssuedInvite? invite)) throw Corrupt();
                room.Invites.Add(invite.InviteId, invite);
            }

            Add(store.Id, room);
        }

        foreach (byte[] row in await _context.Profile.ReadPendingJoinsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (RoomInvite.TryDecode(row, out RoomInvite? invite) != InviteError.None) throw Corrupt();
            lock (_context.Gate) StartJoining(PendingJoin.For(invite!));
        }
    }

    public IReadOnlyList<RoomHost> Rooms
    {
        get
        {
            lock (_context.Gate) return [.. _rooms.Values];
        }
    }

    public IReadOnlyList<PeerChannel> Peers
    {
        get
        {
            lock (_context.Gate) return [.. _hub.Peers];
        }
    }

    public async Task<RoomHost> CreateRoomAsync(string title, CancellationToken cancellationToken)
    {
        string[] addresses = [.. _signaling.Advertised.Select(address => address.AbsoluteUri)];
        RoomReplica replica = RoomReplica.Create(_context.Identity, title, addresses, Logs.HistoryPolicy.None, _context.Time, _context.Random);
        var id = new RoomId(replica.Room.ToArray());
        var room = new RoomHost(_context, _context.Profile.CreateRoom(id), replica, this);
        Add(id, room);
        await room.FlushAsync(cancellationToken).ConfigureAwait(false);
        return room;
    }

    public async Task<RoomInvite> CreateInviteAsync(RoomHost room, RoomInviteOptions options, CancellationToken cancellationToken)
    {
        DateTimeOffset expiry = _context.TimeProvider.GetUtcNow() + options.Lifetime;
        ulong issuedAt = 0;
        room.Run((replica, time) => issuedAt = replica.BeginInvite(time));
        IssuedInvite invite = IssuedInvite.Create(_context.Identity.AccountKey, expiry, options.Uses, _signaling.Advertised, _context.Random, issuedAt);
        lock (_context.Gate)
        {
            if (room.IsClosed) throw RoomHost.Closed();
            RoomAdministration.ThrowIfNotAdmin(room.Replica);
            room.Invites.Add(invite.InviteId, invite);
            room.Run((replica, _) => replica.WriteInvite(invite.InviteId, invite.Encode(invite.State)));
        }

        await room.FlushAsync(cancellationToken).ConfigureAwait(false);
        lock (_context.Gate) _places.Refresh(room, HasSession);
        return invite.Invite;
    }

    /// <summary>Joins by an invitation. Goes on after a restart; cancelling the wait gives it up.</summary>
    public async Task<RoomHost> JoinAsync(RoomInvite invite, CancellationToken cancellationToken)
    {
        if (invite.AccountKey == _context.Identity.AccountKey)
            throw new BerOfChatException(BerOfChatErrorCode.InviteMalformed, "This invitation is your own. Give it to somebody else.");
        if (_signaling.For(invite.SignalingAddresses).Count == 0)
            throw new BerOfChatException(BerOfChatErrorCode.SignalingUnavailable, "The invitation names no signaling service that may be used, and this client has none. Set BerOfChatOptions.Signaling.");

        PendingJoin join = PendingJoin.For(invite);
        bool isKnown;
        lock (_context.Gate) isKnown = _joins.ContainsKey(join.InviteId);
        if (!isKnown && _context.TimeProvider.GetUtcNow() > invite.ExpiresAt)
            throw new BerOfChatException(BerOfChatErrorCode.InviteExpired, "The invitation has expired. Ask for a new one, or set this device's clock if it is wrong.");

        await _context.Profile.WritePendingJoinAsync(join.InviteId, invite.Bytes, cancellationToken).ConfigureAwait(false);
        lock (_context.Gate) join = StartJoining(join);
        try
        {
            return await join.Joined.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_context.Closing.IsCancellationRequested)
        {
            await join.Abandoned.CancelAsync().ConfigureAwait(false);
            await _context.Profile.DeletePendingJoinAsync(join.InviteId, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes a code by which somebody comes into the room, or comes back, without any signaling.</summary>
    public Task<ManualOfferer> OfferManuallyAsync(RoomHost room, CancellationToken cancellationToken)
    {
        if (room.IsClosed) throw RoomHost.Closed();
        return ManualOfferer.CreateAsync(_context, _connector, (inviteId, session) => _hub.Add(session, peer => InviteDesk.Admit(room, inviteId, peer)), cancellationToken);
    }

    public Task<ManualAnswerer> AnswerManuallyAsync(string code, CancellationToken cancellationToken) =>
        ManualAnswerer.CreateAsync(_context, _connector, code, (join, session) => _hub.Add(session, peer => _joinSessions[peer.Id] = join), cancellationToken);

    void IPeerHubOwner.OnSessionOpened(PeerChannel peer)
    {
        Report(ConnectionStage.Session, peer.Session.Peer.Id, null);
        foreach (RoomHost room in _rooms.Values) room.Run((replica, time) => replica.HandleSessionOpened(peer.Id, peer.Account, peer.Device, time));
        _places.NotifySessionOpen(peer.Device);
        RaisePresence(peer.Account);
    }

    void IPeerHubOwner.OnSessionClosed(PeerChannel peer)
    {
        _joinSessions.Remove(peer.Id);
        foreach (RoomHost room in _rooms.Values) room.Run((replica, time) => replica.HandleSessionClosed(peer.Id, time));
        if (!HasSession(peer.Device)) _places.NotifySessionClosed(peer.Device);
        RaisePresence(peer.Account);
    }

    void IPeerHubOwner.OnSessionEnded(PeerChannel peer)
    {
        SessionEnd? end = peer.Session.End;
        Report(ConnectionStage.Disconnected, peer.Session.Peer.Id, end is null or { IsClean: true } ? null : end.ToException());
    }

    bool IPeerHubOwner.OnMessage(PeerChannel peer, SyncMessage message)
    {
        var id = new RoomId(message.Room.ToArray());
        if (message is SyncMessage.Joined joined) return HandleJoined(peer, id, joined);
        return !_rooms.TryGetValue(id, out RoomHost? room) || room.Handle(peer.Id, message);
    }

    async Task IPeerHubOwner.WaitForStoreAsync()
    {
        RoomHost[] behind;
        lock (_context.Gate) behind = [.. _rooms.Values.Where(room => room.Replica.WaitingWrites > MaxWaitingWrites)];
        foreach (RoomHost room in behind) await room.Caught.ConfigureAwait(false);
    }

    void IRoomHostOwner.Send(int session, SyncMessage message) => _hub.Send(session, message);

    void IRoomHostOwner.OnRoomEvent(RoomHost room, RoomEvent e)
    {
        if (e is RoomEvent.Sent) _places.RetryLinks(room);
        if (e is RoomEvent.MembersChanged or RoomEvent.Departed)
        {
            _places.Refresh(room, HasSession);
            _sessions.Review(room);
        }

        if (e is RoomEvent.VisitOver visit) _sessions.CloseVisit(visit.Session);
        if (e is RoomEvent.Ready) CompleteJoins(new RoomId(room.Replica.Room.ToArray()), room);
        RoomChanged?.Invoke(room, e);
    }

    public async ValueTask DisposeAsync()
    {
        await _context.Closing.CancelAsync().ConfigureAwait(false);
        await _places.DisposeAsync().ConfigureAwait(false);
        Task[] joining;
        lock (_context.Gate) joining = [.. _joining];
        await Task.WhenAll(joining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _hub.CloseAsync().ConfigureAwait(false);
        await _signaling.DisposeAsync().ConfigureAwait(false);
        foreach (RoomHost room in Rooms)
        {
            await room.FlushAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            room.Dispose();
        }

        lock (_context.Gate)
        {
            foreach (PendingJoin join in _joins.Values.Concat(_joinSessions.Values))
            {
                join.Joined.TrySetException(RoomHost.Closed());
                join.Dispose();
            }
        }

        await _context.Events.DisposeAsync().ConfigureAwait(false);
        await _context.Profile.DisposeAsync().ConfigureAwait(false);
        _context.Dispose();
    }

    private static BerOfChatException Corrupt() =>
        new(BerOfChatErrorCode.StoreCorrupt, "The records of this profile do not fit together. Restore the file from a backup.");

    private void Add(RoomId id, RoomHost room)
    {
        lock (_context.Gate)
        {
            _rooms.Add(id, room);
            RoomAdded?.Invoke(room);
            room.Run(static (_, _) => { });
            foreach (PeerChannel peer in _hub.Peers) room.Run((replica, time) => replica.HandleSessionOpened(peer.Id, peer.Account, peer.Device, time));
            _places.Refresh(room, HasSession);
        }
    }

    /// <summary>Whether a session serves a room, or somebody comes in by it.</summary>
    private bool IsNeeded(PeerChannel peer) =>
        (_joinSessions.TryGetValue(peer.Id, out PendingJoin? join) && !join.Joined.Task.IsCompleted && !HasOnlyTold(join))
        || _rooms.Values.Any(room => room.Replica.SpeaksTo(peer.Account));

    /// <summary>Whether this device came to a room that it had left, and has told so by now: it comes again to be added.</summary>
    private bool HasOnlyTold(PendingJoin join) => join.RoomId is { } id && _rooms.TryGetValue(id, out RoomHost? room) && room.Replica.IsDeparted;

    private bool HasSession(Bytes32 device) => _hub.FindDevice(device) is not null;

    private void Report(ConnectionStage stage, PeerId? peer, BerOfChatException? error) =>
        _context.Events.Post(() => Progress?.Invoke(new ConnectionProgressEventArgs(stage, peer, error)));

    private void RaisePresence(Bytes32 account)
    {
        foreach (RoomHost room in _rooms.Values)
        {
            if (room.Replica.Members.Any(log => log.Account == account)) RoomChanged?.Invoke(room, new RoomEvent.MembersChanged());
        }
    }

    private async Task HandleAttemptAsync(ConnectionAttempt attempt)
    {
        await using (attempt.ConfigureAwait(false))
        {
            using IDisposable? turn = attempt is { IsInitiator: true, ExpectedDeviceAgreementKey: { } device } ? await _turns.TakeAsync(device, attempt.Ended).ConfigureAwait(false) : null;
            if (await _connector.ConnectAsync(attempt, _context.Closing.Token).ConfigureAwait(false) is { } session) _hub.Add(session, static _ => { });
        }
    }

    private async Task HandleInvitedAsync(RoomHost room, IssuedInvite invite, ConnectionAttempt attempt)
    {
        await using (attempt.ConfigureAwait(false))
        {
            if (await _connector.ConnectAsync(attempt, _context.Closing.Token).ConfigureAwait(false) is { } session)
                _hub.Add(session, peer => InviteDesk.Receive(_context, room, invite, peer));
        }
    }

    private PendingJoin StartJoining(PendingJoin join)
    {
        if (_joins.TryGetValue(join.InviteId, out PendingJoin? running) && !running.Abandoned.IsCancellationRequested && !running.Joined.Task.IsCompleted) return running;
        _joins[join.InviteId] = join;
        _joining.Add(Task.Run(() => RunJoinAsync(join)));
        return join;
    }

    private async Task RunJoinAsync(PendingJoin join)
    {
        try
        {
            await JoinAsync(join).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody wants to join any more, or the client closes and goes on when it is opened again.
        }
        catch (BerOfChatException e)
        {
            join.Joined.TrySetException(e);
        }
    }

    private async Task JoinAsync(PendingJoin join)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_context.Closing.Token, join.Abandoned.Token);
        IReadOnlyList<ISignalingTransport> transports = _signaling.For(join.Addresses);
        var joiner = new InviteJoiner(join.Invite!, transports, _context.Random, _context.TimeProvider, _context.Logger);
        await using ConfiguredAsyncDisposable _ = joiner.ConfigureAwait(false);
        await foreach (ConnectionAttempt attempt in joiner.ReadAttemptsAsync(stop.Token).ConfigureAwait(false))
        {
            await using (attempt.ConfigureAwait(false))
            {
                PeerSession? session = await _connector.ConnectAsync(attempt, stop.Token).ConfigureAwait(false);
                if (session is null) continue;
                _hub.Add(session, peer => _joinSessions[peer.Id] = join);
                await Task.WhenAny(session.Completion, join.Joined.Task).WaitAsync(stop.Token).ConfigureAwait(false);
                if (join.Joined.Task.IsCompleted) break;
                if (session.End is not { } end || end.ErrorCode is not (BerOfChatErrorCode.InviteUsed or BerOfChatErrorCode.InviteExpired or BerOfChatErrorCode.InviteRevoked)) continue;
                join.Joined.TrySetException(end.ToException());
                break;
            }
        }

        if (join.Joined.Task.IsCompleted) await _context.Profile.DeletePendingJoinAsync(join.InviteId, CancellationToken.None).ConfigureAwait(false);
    }

    private bool HandleJoined(PeerChannel peer, RoomId id, SyncMessage.Joined joined)
    {
        // Only who issued our invitation can let us in.
        if (!_joinSessions.TryGetValue(peer.Id, out PendingJoin? join)) return true;
        join.RoomId = id;
        string[] addresses = [.. join.Addresses.Select(a => a.AbsoluteUri).Concat(joined.Addresses).Distinct().Take(SyncLimits.MaxAddresses)];
        if (_rooms.TryGetValue(id, out RoomHost? known))
        {
            // Who has left and could tell nobody yet does so first, in this session; then it comes again and is added anew.
            if (known.Replica.IsReading) join.Joined.TrySetResult(known);
            else if (!known.Replica.IsJoined && (known.Replica.State == RoomState.Joined || known.Replica.IsDeparted))
                known.Run((replica, time) => replica.Return(joined.Title, addresses, peer.Account, time));
            return true;
        }

        RoomReplica replica = RoomReplica.Join(joined.Room, _context.Identity, joined.Title, addresses, peer.Account, _context.Random);
        Add(id, new RoomHost(_context, _context.Profile.CreateRoom(id), replica, this));
        return true;
    }

    private void CompleteJoins(RoomId id, RoomHost room)
    {
        foreach (PendingJoin join in _joins.Values.Concat(_joinSessions.Values))
        {
            if (join.RoomId == id) join.Joined.TrySetResult(room);
        }
    }

    /// <summary>Asks whether a session still lives, and closes it when not: its peer has restarted and looks for us.</summary>
    private async Task CheckSessionAsync(Bytes32 device)
    {
        PeerChannel? peer;
        lock (_context.Gate) peer = _hub.FindDevice(device);
        if (peer is null || await peer.Session.PingAsync(s_pingTimeout, _context.Closing.Token).ConfigureAwait(false)) return;
        await peer.Session.CloseAsync(SessionCloseReason.Done).ConfigureAwait(false);
    }

    private const int MaxWaitingWrites = 1_000;

    private static readonly TimeSpan s_pingTimeout = TimeSpan.FromSeconds(2);
}
