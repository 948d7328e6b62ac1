using BerOfChat.Identity;
using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Storage;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>This device's copy of a room: a state machine without clock, store or network.</summary>
/// <remarks>
/// Inputs are sessions, messages, texts and time. After each input drain <see cref="TryTakeCommit"/> (make it durable, then call
/// <see cref="HandleCommitted"/>) and <see cref="TryTake"/>. Nothing leaves that speaks of what is not yet durable.
/// </remarks>
internal sealed class RoomReplica : IDisposable
{
    private readonly RoomOutbox _outbox = new();
    private readonly RoomTimeline _timeline;
    private readonly RoomSync _sync;
    private readonly RoomReader _reader;
    private readonly RoomEpochs _epochs;
    private readonly RoomNews _news;
    private readonly EntryWriter _writer;
    private readonly OwnLog _own;
    private readonly RoomStanding _standing;
    private readonly RoomCompany _company;
    private readonly LocalIdentity _identity;
    private readonly IRandomSource _random;
    private readonly UnsentTexts _unsent;
    private readonly HashSet<Bytes32> _changed = [];
    private bool _needsOwnEpoch;

    private RoomReplica(Bytes32 room, StoredRoom stored, LocalIdentity identity, IRandomSource random)
    {
        _identity = identity;
        _random = random;
        _timeline = new RoomTimeline(room);
        _own = new OwnLog(stored.RoomKeySeed.Span);
        _writer = new EntryWriter(identity, _own, random);
        _sync = new RoomSync(_timeline, _outbox, _own);
        _unsent = new UnsentTexts(_outbox);
        _epochs = new RoomEpochs(_timeline, _sync, _outbox, identity.Certificate.DeviceAgreement, random);
        _reader = new RoomReader(_timeline, _epochs.Keys, _outbox, identity.Certificate.DeviceAgreement);
        _news = new RoomNews(_timeline, _outbox);
        _standing = new RoomStanding(_timeline, _sync, _outbox, _own, identity.AccountKey, stored);
        _company = new RoomCompany(_timeline, _sync, _outbox, _own, _standing);
    }

    public Bytes32 Room => _timeline.Room;

    public StoredRoom Stored => _standing.Stored;

    /// <summary>Whether this device's JOIN (or CREATE) is written and in force.</summary>
    public bool IsJoined => _standing.IsJoined;

    /// <summary>Whether what the others write from now on can be read here, or this account has been in and is out.</summary>
    public bool IsReady => _standing.IsReady;

    /// <summary>In, or out and why. Who comes in for the first time counts as in.</summary>
    public RoomState State => _standing.State;

    /// <summary>Whether it is settled that this account is out: nothing is sent or expected in the room any more.</summary>
    public bool IsDeparted => Stored.IsDeparted;

    /// <summary>Whether this device looks for the others: it is in the room, or has left and nobody knows of it yet.</summary>
    public bool IsMeeting => _company.IsMeeting;

    /// <summary>Whether this device is in the room and reads what is written for it.</summary>
    public bool IsReading => IsJoined && !_standing.AwaitsEpoch;

    public bool IsAdmin => IsJoined && Membership.IsAdmin(_identity.AccountKey);

    /// <summary>Whether this replica has anything to say to an account, and listens to it.</summary>
    public bool SpeaksTo(Bytes32 account) => _standing.IsAllowed(account);

    public MembershipView Membership => _timeline.Membership;

    /// <summary>The entries, and what follows from them.</summary>
    public RoomTimeline Timeline => _timeline;

    /// <summary>The devices that are in the room.</summary>
    public IEnumerable<MemberLog> Members => _timeline.MemberLogs;

    /// <summary>Whether a device is known to know this one: otherwise it must be knocked for.</summary>
    public bool IsKnownTo(Bytes32 device) => _company.IsKnownTo(device);

    /// <summary>Devices that were removed and may not know it yet: they are waited for like members.</summary>
    public IEnumerable<Bytes32> RemovedDevices(ReplicaTime time) => _company.RemovedDevices(time);

    /// <summary>What can be read, by position.</summary>
    public IReadOnlyList<ShownMessage> Messages => _reader.Messages;

    /// <summary>How many of the messages were durable when the room was loaded.</summary>
    public int RestoredCount { get; private set; }

    public bool HasWrites => _outbox.HasWrites;

    public int WaitingWrites => _outbox.WaitingWrites;

    /// <summary>This device's log.</summary>
    public Bytes32 OwnLog => _own.Id;

    /// <summary>When <see cref="HandleTimeout"/> has something to do.</summary>
    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(
        MonotonicTime.Earliest(_company.NextTimeout, _standing.NextTimeout),
        MonotonicTime.Earliest(_sync.NextTimeout, _epochs.NextTimeout));

    /// <summary>Makes a room whose creator this is.</summary>
    public static RoomReplica Create(LocalIdentity identity, string title, IReadOnlyList<string> addresses, HistoryPolicy history, ReplicaTime time, IRandomSource random)
    {
        StoredRoom stored = RoomStanding.NewRoom(title, addresses, default, random);
        using var own = new OwnLog(stored.RoomKeySeed.Span);
        LogEntry create = EntryWriter.Create(identity, own, history, time.Wall, random);
        var replica = new RoomReplica(create.Hash, stored, identity, random);
        replica._outbox.WriteState(stored);
        replica.StoreOwn(create, time);
        Bytes32 epoch = replica.WriteEpoch(time);
        replica.StoreOwn(replica._writer.WriteSealed(replica._timeline, EntryType.Title, epoch, replica._epochs.Keys.Find(epoch)!.Value.Span, title, time.Wall), time);
        replica.Drain(time);
        return replica;
    }

    /// <summary>Begins to be in a room that JOINED spoke of. JOIN is written as soon as the ADD that allows it has come.</summary>
    public static RoomReplica Join(Bytes32 room, LocalIdentity identity, string title, IReadOnlyList<string> addresses, Bytes32 sponsor, IRandomSource random)
    {
        StoredRoom stored = RoomStanding.NewRoom(title, addresses, sponsor, random);
        var replica = new RoomReplica(room, stored, identity, random);
        replica._outbox.WriteState(stored);
        return replica;
    }

    /// <summary>Opens a room from its rows. Null when they do not fit together, which only a damaged store can make.</summary>
    public static RoomReplica? Load(Bytes32 room, RoomRows rows, LocalIdentity identity, ReplicaTime time, IRandomSource random)
    {
        if (!StoredRoom.TryDecode(rows.State, out StoredRoom? stored)) return null;
        var replica = new RoomReplica(room, stored, identity, random);
        if (!replica._timeline.TryRestore(rows.Entries)) return null;
        List<(MemberLog Log, AppliedEntry Entry)> applied = replica._timeline.ApplyReady();
        foreach (ReadOnlyMemory<byte> row in rows.EpochKeys) replica._epochs.Restore(row.Span);
        if (!replica._reader.TryRestore(rows.Positions)) return null;
        replica.RestoredCount = replica.Messages.Count;
        replica._news.Skip();
        replica._standing.Restore(replica._epochs.HoldsOneFor(replica.OwnLog));
        replica._reader.Show(applied, time.Wall);
        replica._epochs.NoteMissing(time.Now);
        replica._needsOwnEpoch = replica._timeline.IsFirst(replica.OwnLog) || replica.Members.Any(log => log.Sponsor?.Log.Id == replica.OwnLog);
        replica.Drain(time);
        return replica;
    }

    /// <summary>Comes back to a room that this account is out of, or goes on coming in by another invitation.</summary>
    public void Return(string title, IReadOnlyList<string> addresses, Bytes32 sponsor, ReplicaTime time)
    {
        _standing.Return(title, addresses, sponsor, _random);
        Drain(time);
    }

    /// <summary>A session with a device has opened. Members of the room are greeted; others are not told that it exists.</summary>
    public void HandleSessionOpened(int session, Bytes32 account, Bytes32 device, ReplicaTime time)
    {
        _company.HandleSessionOpened(session, account, device, time.Now);
        Drain(time);
    }

    public void HandleSessionClosed(int session, ReplicaTime time)
    {
        _sync.Remove(session, time.Now);
        Drain(time);
    }

    /// <summary>Takes a message of a session. False when it breaks the rules and the session must end.</summary>
    public bool HandleMessage(int session, SyncMessage message, ReplicaTime time)
    {
        if (_sync.Find(session) is not { } peer) return true;
        bool isValid = true;
        switch (_company.Hear(peer, message, time.Now))
        {
            case SyncMessage.Entries m:
                isValid = TryStoreRun(peer, m.Run, m.Signature.Span, m.Log, time);
                break;
            case SyncMessage.Live m:
                isValid = TryStoreRun(peer, [m.Entry], m.Signature.Span, null, time);
                break;
            case SyncMessage.KeyWant m:
                _epochs.HandleKeyWant(peer, m);
                break;
            case SyncMessage.Key m:
                _epochs.HandleKey(m, time.Now);
                break;
            case { } m:
                _sync.Handle(peer, m, time.Now);
                break;
        }

        Drain(time);
        return isValid;
    }

    /// <summary>Adds an account that came with an invitation, together with the invitation's new row, and tells its device that it is in.</summary>
    public void AddMember(int session, Bytes32 account, UInt128 inviteId, ReadOnlyMemory<byte>? inviteRow, ReplicaTime time)
    {
        if (inviteRow is { } row) WriteInvite(inviteId, row);
        if (!Membership.IsAdded(account)) StoreOwn(EntryType.Add, new AddPayload(account, RoomRole.Member, inviteId).Encode(), time);
        if (_sync.Find(session) is { } peer)
        {
            _outbox.Send(session, new SyncMessage.Joined(Room, Stored.Title, Stored.Addresses));
            _sync.Greet(peer);
        }

        Drain(time);
    }

    /// <summary>Removes an account with all its devices. What it wrote after what is known here is hidden everywhere, and what others write from now on is not for it.</summary>
    public void RemoveMember(Bytes32 account, ReplicaTime time)
    {
        StoreOwn(EntryType.Remove, _timeline.DescribeRemoval(account).Encode(), time);
        _needsOwnEpoch = true;
        Drain(time);
    }

    public void SetRole(Bytes32 account, RoomRole role, ReplicaTime time)
    {
        StoreOwn(EntryType.Role, new RolePayload(account, role).Encode(), time);
        Drain(time);
    }

    /// <summary>Leaves the room with all devices of the account. The last admin hands its role to whoever has been in for longest.</summary>
    public void Leave(ReplicaTime time)
    {
        if (_timeline.HeirOf(_identity.AccountKey) is { } heir) StoreOwn(EntryType.Role, new RolePayload(heir, RoomRole.Admin).Encode(), time);
        StoreOwn(EntryType.Leave, [], time);
        Drain(time);
    }

    /// <summary>Writes the row of an invitation that was issued or withdrawn.</summary>
    public void WriteInvite(UInt128 inviteId, ReadOnlyMemory<byte> row) => _outbox.Write(new RoomRecordWrite(RoomRecordKey.Invite(inviteId), row), StoreDurability.Power);

    /// <summary>How many entries this device has written: an invitation issued now knows what they know, which must be every removal.</summary>
    public ulong BeginInvite(ReplicaTime time)
    {
        if (IsJoined && !_timeline.KnowsRemovals(OwnLog)) WriteEpoch(time);
        return _timeline.Find(OwnLog)?.Head.Sequence ?? 0;
    }

    /// <summary>Whether an invitation that was issued after so many own entries leads an account back in: who was removed needs one from after that.</summary>
    public bool MayReturn(Bytes32 account, ulong issuedAt) => _timeline.KnowsRemovals(OwnLog, issuedAt, account);

    /// <summary>Writes a text. <see cref="RoomEvent.Sent"/> with the returned ticket says when it is durable.</summary>
    public ulong Send(string text, ReplicaTime time)
    {
        ulong ticket = _unsent.Add(text);
        Drain(time);
        return ticket;
    }

    public void HandleTimeout(ReplicaTime time)
    {
        _sync.HandleTimeout(time.Now);
        _company.HandleTimeout(time.Now);
        _epochs.HandleTimeout(time.Now);
        Drain(time);
    }

    /// <summary>Whether the message is not to be read any more: its author was removed before it was known.</summary>
    public bool IsHidden(ShownMessage message) => !Membership.Stands(message.Entry.Header.Log, message.Entry.Header.Sequence);

    /// <summary>Takes the next commit; there is none while one is under way.</summary>
    public bool TryTakeCommit(out RoomCommit commit)
    {
        _sync.Announce(_changed);
        _changed.Clear();
        return _outbox.TryTakeCommit(out commit);
    }

    public void HandleCommitted() => _outbox.HandleCommitted();

    public bool TryTake(out RoomOutput output) => _outbox.TryTake(out output);

    public void Dispose()
    {
        _own.Dispose();
        _epochs.Dispose();
    }

    private bool TryStoreRun(SyncPeer peer, IReadOnlyList<EntryBytes> run, ReadOnlySpan<byte> signature, Bytes32? expectedLog, ReplicaTime time)
    {
        var verifier = new RunVerifier(_timeline);
        RunVerdict verdict = verifier.Verify(run, signature, expectedLog);
        if (verdict == RunVerdict.DoesNotContinue && verifier.LastHead is { } head) _sync.Learn(peer, [head], time.Now);
        if (verdict != RunVerdict.Storable) return verdict != RunVerdict.Malformed;

        foreach ((LogEntry entry, AuthorProof? author) in verifier.Entries) Store(entry, author, StoreDurability.Process);
        TakeEffect(time);
        LogHead stored = verifier.LastHead!.Value;
        _sync.Learn(peer, [stored], time.Now);
        _sync.HandleRunStored(peer, stored.Log, verifier.Size, time.Now);
        return true;
    }

    private void StoreOwn(EntryType type, byte[] payload, ReplicaTime time) => StoreOwn(_writer.WriteClear(_timeline, type, payload, time.Wall), time);

    private void StoreOwn(LogEntry entry, ReplicaTime time)
    {
        _ = _timeline.IsWellFormed(entry, out AuthorProof? author);
        Store(entry, author, StoreDurability.Power);
        TakeEffect(time);
        var live = new SyncMessage.Live(Room, new EntryBytes(entry.HeaderBytes, entry.Payload), entry.Signature!.Value);
        foreach (SyncPeer peer in _sync.Peers)
        {
            if (peer.IsGreeted) _outbox.Send(peer.Session, live);
        }
    }

    private void Store(LogEntry entry, AuthorProof? author, StoreDurability durability)
    {
        _timeline.Append(entry, author);
        _outbox.Write(new RoomRecordWrite(RoomRecordKey.Entry(entry.Header.Log, entry.Header.Sequence), entry.ToRow(), MustBeNew: true), durability);
        if (entry.Header.Log != OwnLog) _changed.Add(entry.Header.Log);
    }

    private void TakeEffect(ReplicaTime time)
    {
        List<(MemberLog Log, AppliedEntry Entry)> applied = _timeline.ApplyReady();
        _reader.Show(applied, time.Wall);
        foreach ((MemberLog log, AppliedEntry entry) in applied)
        {
            EntryType type = entry.IsRefused ? default : entry.Entry.Header.Type;
            if (type == EntryType.Join && log.Sponsor?.Log.Id == OwnLog) _needsOwnEpoch = true;
            if (type == EntryType.Leave && _timeline.IsFirst(OwnLog)) _needsOwnEpoch = true;
            if (type == EntryType.Epoch) _epochs.HandleEpochApplied(entry.Entry.Hash, time.Now);
        }
    }

    /// <summary>Does what has become possible: greet, join, make an epoch, write what waits, read what has its key now.</summary>
    private void Drain(ReplicaTime time)
    {
        _company.Review();
        if (_standing.IsEntering && _timeline.Find(OwnLog) is null && Membership.IsAdded(_identity.AccountKey)) StoreOwn(_writer.WriteJoin(_timeline, time.Wall), time);
        _news.Raise(isTold: !_standing.AwaitsEpoch);
        _standing.RaiseState();
        if (IsJoined)
        {
            Write(time);
        }
        else
        {
            _epochs.StopWaiting();
            if (!_standing.IsEntering) _unsent.Refuse();
            _standing.TryDepart(time);
            if (IsDeparted) _company.Review();
        }

        _reader.ShowOpenable(time.Wall);
    }

    private void Write(ReplicaTime time)
    {
        if (_epochs.FindForWriting() is not null) _standing.HandleEpochUsable();
        if (_needsOwnEpoch)
        {
            _needsOwnEpoch = false;
            if (!_epochs.HasCurrent) WriteEpoch(time);
        }

        bool isNeeded = (_unsent.Count > 0 || (_standing.AwaitsEpoch && _sync.HasCompany)) && _epochs.FindForWriting() is null;
        if (!isNeeded) _epochs.StopWaiting();
        else if (_epochs.ShouldMakeOne(time.Now)) WriteEpoch(time);
        while (_unsent.Count > 0 && _epochs.FindForWriting() is { } epoch)
        {
            (ulong ticket, string text) = _unsent.Take();
            LogEntry entry = _writer.WriteSealed(_timeline, EntryType.Message, epoch, _epochs.Keys.Find(epoch)!.Value.Span, text, time.Wall);
            StoreOwn(entry, time);
            _outbox.Raise(new RoomEvent.Sent(ticket, entry.Hash));
        }

        if (_epochs.FindForWriting() is not null) _standing.HandleEpochUsable();
    }

    private Bytes32 WriteEpoch(ReplicaTime time)
    {
        byte[] key = _epochs.NewKey();
        LogEntry entry = _writer.WriteClear(_timeline, EntryType.Epoch, _epochs.Keys.Commit(key).ToArray(), time.Wall);
        _epochs.Expect(entry.Hash, key);
        StoreOwn(entry, time);
        _epochs.Publish(entry.Hash);
        return entry.Hash;
    }
}
