using BerOfChat.Cryptography;
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
    private readonly EntryWriter _writer;
    private readonly Ed25519PrivateKey _roomKey;
    private readonly LocalIdentity _identity;
    private readonly Queue<(ulong Ticket, string Text)> _unsent = new();
    private readonly HashSet<Bytes32> _changed = [];
    private bool _needsOwnEpoch;
    private ulong _tickets;

    private RoomReplica(Bytes32 room, RoomState state, LocalIdentity identity, IRandomSource random)
    {
        State = state;
        _identity = identity;
        _timeline = new RoomTimeline(room);
        _roomKey = new Ed25519PrivateKey(state.RoomKeySeed.Span);
        _writer = new EntryWriter(identity, _roomKey, random);
        _sync = new RoomSync(_timeline, _outbox, _writer.Log);
        _epochs = new RoomEpochs(_timeline, _sync, _outbox, _writer.Log, random);
        _reader = new RoomReader(_timeline, _epochs.Keys, _outbox, _writer.Log);
    }

    public Bytes32 Room => _timeline.Room;

    public RoomState State { get; private set; }

    /// <summary>Whether this device's JOIN (or CREATE) is written and in force.</summary>
    public bool IsJoined => _timeline.Find(_writer.Log) is { IsMember: true };

    /// <summary>Whether what the others write from now on can be read here.</summary>
    public bool IsReady { get; private set; }

    /// <summary>The devices that are in the room.</summary>
    public IEnumerable<MemberLog> Members => _timeline.MemberLogs;

    /// <summary>Whether the account was added to the room, or made it.</summary>
    public bool IsMember(Bytes32 account) => _timeline.IsMember(account);

    /// <summary>What can be read, by position.</summary>
    public IReadOnlyList<ShownMessage> Messages => _reader.Messages;

    /// <summary>How many of the messages were durable when the room was loaded.</summary>
    public int RestoredCount { get; private set; }

    /// <summary>Whether something was written that no commit has taken yet.</summary>
    public bool HasWrites => _outbox.HasWrites;

    /// <summary>How many records wait for the next commit.</summary>
    public int WaitingWrites => _outbox.WaitingWrites;

    /// <summary>This device's log.</summary>
    public Bytes32 OwnLog => _writer.Log;

    /// <summary>When <see cref="HandleTimeout"/> has something to do.</summary>
    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(_sync.NextTimeout, _epochs.NextTimeout);

    /// <summary>Makes a room whose creator this is.</summary>
    public static RoomReplica Create(LocalIdentity identity, string title, IReadOnlyList<string> addresses, HistoryPolicy history, ReplicaTime time, IRandomSource random)
    {
        RoomState state = NewState(title, addresses, default, random);
        using var roomKey = new Ed25519PrivateKey(state.RoomKeySeed.Span);
        LogEntry create = EntryWriter.Create(identity, roomKey, history, time.Wall, random);
        var replica = new RoomReplica(create.Hash, state, identity, random);
        replica._outbox.WriteState(state);
        replica.StoreOwn(create, time);
        Bytes32 epoch = replica.WriteEpoch(time);
        replica.StoreOwn(replica._writer.WriteSealed(replica._timeline, EntryType.Title, epoch, replica._epochs.Keys.Find(epoch)!.Value.Span, title, time.Wall), time);
        replica.Drain(time);
        return replica;
    }

    /// <summary>Begins to be in a room that JOINED spoke of. JOIN is written as soon as the ADD that allows it has come.</summary>
    public static RoomReplica Join(Bytes32 room, LocalIdentity identity, string title, IReadOnlyList<string> addresses, Bytes32 sponsor, IRandomSource random)
    {
        RoomState state = NewState(title, addresses, sponsor, random);
        var replica = new RoomReplica(room, state, identity, random);
        replica._outbox.WriteState(state);
        return replica;
    }

    /// <summary>Opens a room from its rows. Null when they do not fit together, which only a damaged store can make.</summary>
    public static RoomReplica? Load(Bytes32 room, RoomRows rows, LocalIdentity identity, ReplicaTime time, IRandomSource random)
    {
        if (!RoomState.TryDecode(rows.State, out RoomState? state)) return null;
        var replica = new RoomReplica(room, state, identity, random);
        foreach (ReadOnlyMemory<byte> row in rows.Entries)
        {
            if (!LogEntry.TryParseRow(row, out LogEntry? entry) || !replica._timeline.IsWellFormed(entry, out AuthorProof? author)) return null;
            LogHead head = replica._timeline.Find(entry.Header.Log)?.Head ?? new LogHead(entry.Header.Log, 0, default);
            if (entry.Header.Sequence != head.Sequence + 1 || entry.Header.Previous != head.Hash) return null;
            replica._timeline.Append(entry, author);
        }

        List<(MemberLog Log, AppliedEntry Entry)> applied = replica._timeline.ApplyReady();
        foreach (ReadOnlyMemory<byte> row in rows.EpochKeys) replica._epochs.Restore(row.Span);
        if (!replica._reader.TryRestore(rows.Positions)) return null;
        replica.RestoredCount = replica.Messages.Count;
        replica._reader.Show(applied);
        replica._epochs.NoteMissing(time.Now);
        replica._needsOwnEpoch = !replica._epochs.HasCurrent && replica.Members.Any(log => replica._timeline.SponsorOf(log.Account)?.Id == replica.OwnLog);
        replica.Drain(time);
        return replica;
    }

    /// <summary>A session with a device has opened. Members of the room are greeted; others are not told that it exists.</summary>
    public void HandleSessionOpened(int session, Bytes32 account, Bytes32 device, ReplicaTime time)
    {
        _sync.Add(session, account, device);
        GreetMembers();
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
        if (_sync.Find(session) is not { } peer || !IsAllowed(peer.Account)) return true;
        bool isValid = true;
        switch (message)
        {
            case SyncMessage.Hello m:
                if (!peer.IsGreeted) _sync.Greet(peer);
                _sync.HandleHello(peer, m, time.Now);
                break;
            case SyncMessage.Frontier m:
                _sync.Learn(peer, m.Heads, time.Now);
                break;
            case SyncMessage.Want m:
                _sync.HandleWant(peer, m);
                break;
            case SyncMessage.Entries m:
                isValid = TryStoreRun(peer, m.Run, m.Signature.Span, m.Log, time);
                break;
            case SyncMessage.Live m:
                isValid = TryStoreRun(peer, [m.Entry], m.Signature.Span, null, time);
                break;
            case SyncMessage.Ack m:
                _sync.Learn(peer, m.Heads, time.Now);
                break;
            case SyncMessage.KeyWant m:
                _epochs.HandleKeyWant(peer, m);
                break;
            case SyncMessage.Key m:
                _epochs.HandleKey(m, time.Now);
                break;
        }

        Drain(time);
        return isValid;
    }

    /// <summary>Adds an account that came with an invitation, together with the invitation's new row, and tells its device that it is in.</summary>
    public void AddMember(int session, Bytes32 account, UInt128 inviteId, ReadOnlyMemory<byte>? inviteRow, ReplicaTime time)
    {
        if (inviteRow is { } row) _outbox.Write(new RoomRecordWrite(RoomRecordKey.Invite(inviteId), row), StoreDurability.Power);
        if (!_timeline.IsMember(account))
            StoreOwn(_writer.WriteClear(_timeline, EntryType.Add, new AddPayload(account, MemberRole.Member, inviteId).Encode(), time.Wall), time);
        if (_sync.Find(session) is { } peer)
        {
            _outbox.Send(session, new SyncMessage.Joined(Room, State.Title, State.Addresses));
            _sync.Greet(peer);
        }

        Drain(time);
    }

    /// <summary>Writes the row of an invitation that was issued or withdrawn.</summary>
    public void WriteInvite(UInt128 inviteId, ReadOnlyMemory<byte> row) => _outbox.Write(new RoomRecordWrite(RoomRecordKey.Invite(inviteId), row), StoreDurability.Power);

    /// <summary>Writes a text. <see cref="RoomEvent.Sent"/> with the returned ticket says when it is durable.</summary>
    public ulong Send(string text, ReplicaTime time)
    {
        _unsent.Enqueue((++_tickets, text));
        Drain(time);
        return _tickets;
    }

    public void HandleTimeout(ReplicaTime time)
    {
        _sync.HandleTimeout(time.Now);
        _epochs.HandleTimeout(time.Now);
        Drain(time);
    }

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
        _roomKey.Dispose();
        _epochs.Dispose();
    }

    private static RoomState NewState(string title, IReadOnlyList<string> addresses, Bytes32 sponsor, IRandomSource random)
    {
        byte[] seed = new byte[Ed25519PrivateKey.Size];
        random.Fill(seed);
        return new RoomState(seed, title, addresses, sponsor);
    }

    private bool IsAllowed(Bytes32 account) => _timeline.IsMember(account) || (!IsJoined && account == State.Sponsor);

    private void GreetMembers()
    {
        foreach (SyncPeer peer in _sync.Peers)
        {
            if (!peer.IsGreeted && IsAllowed(peer.Account)) _sync.Greet(peer);
        }
    }

    private bool TryStoreRun(SyncPeer peer, IReadOnlyList<EntryBytes> run, ReadOnlySpan<byte> signature, Bytes32? expectedLog, ReplicaTime time)
    {
        var verifier = new RunVerifier(_timeline);
        switch (verifier.Verify(run, signature, expectedLog))
        {
            case RunVerdict.Malformed:
                return false;
            case RunVerdict.DoesNotContinue:
                if (verifier.LastHead is { } head) _sync.Learn(peer, [head], time.Now);
                return true;
            case RunVerdict.TooMuch:
                return true;
        }

        long size = 0;
        foreach ((LogEntry entry, AuthorProof? author) in verifier.Entries)
        {
            Store(entry, author, StoreDurability.Process);
            size += entry.Size;
        }

        TakeEffect(time);
        LogHead stored = verifier.LastHead!.Value;
        _sync.Learn(peer, [stored], time.Now);
        _sync.HandleRunStored(peer, stored.Log, size, time.Now);
        return true;
    }

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
        _reader.Show(applied);
        foreach ((MemberLog log, AppliedEntry entry) in applied)
        {
            if (entry.IsRefused) continue;
            EntryType type = entry.Entry.Header.Type;
            if (type is EntryType.Create or EntryType.Join or EntryType.Add) _outbox.Raise(new RoomEvent.MembersChanged());
            if (type == EntryType.Join && _timeline.SponsorOf(log.Account)?.Id == OwnLog) _needsOwnEpoch = true;
            if (type == EntryType.Epoch) _epochs.HandleEpochApplied(entry.Entry.Hash, time.Now);
        }
    }

    /// <summary>Does what has become possible: greet, join, make an epoch, write what waits, read what has its key now.</summary>
    private void Drain(ReplicaTime time)
    {
        GreetMembers();
        if (!IsJoined && _timeline.Find(OwnLog) is null && _timeline.IsMember(_identity.AccountKey)) StoreOwn(_writer.WriteJoin(_timeline, time.Wall), time);
        if (!IsJoined) return;
        RaiseReady();
        if (_needsOwnEpoch)
        {
            _needsOwnEpoch = false;
            WriteEpoch(time);
        }

        if (_unsent.Count > 0 && _epochs.FindForWriting() is null && _epochs.ShouldMakeOne(time.Now)) WriteEpoch(time);
        while (_unsent.Count > 0 && _epochs.FindForWriting() is { } epoch)
        {
            (ulong ticket, string text) = _unsent.Dequeue();
            LogEntry entry = _writer.WriteSealed(_timeline, EntryType.Message, epoch, _epochs.Keys.Find(epoch)!.Value.Span, text, time.Wall);
            StoreOwn(entry, time);
            _outbox.Raise(new RoomEvent.Sent(ticket, entry.Hash));
        }

        _reader.ShowOpenable();
    }

    /// <summary>A newcomer is in when the others write for it too: when it holds the key of an epoch that includes it.</summary>
    private void RaiseReady()
    {
        if (IsReady || _epochs.FindForWriting() is null) return;
        IsReady = true;
        _outbox.Raise(new RoomEvent.Ready());
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

/// <summary>A room as the store holds it.</summary>
/// <param name="State">Its state row.</param>
/// <param name="Entries">Rows of entries; those of one log ascend.</param>
/// <param name="Positions">Rows of positions, ascending.</param>
/// <param name="EpochKeys">Rows of epoch keys.</param>
internal sealed record RoomRows(
    ReadOnlyMemory<byte> State,
    IReadOnlyList<ReadOnlyMemory<byte>> Entries,
    IReadOnlyList<ReadOnlyMemory<byte>> Positions,
    IReadOnlyList<ReadOnlyMemory<byte>> EpochKeys);
