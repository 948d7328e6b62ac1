using BerOfChat.Identity;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.Storage;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>A replica with a simulated disk: commits take time, and a crash forgets what was not committed.</summary>
internal sealed class ReplicaHost(string name, int seed)
{
    private readonly SeededRandomSource _random = new(seed);
    private readonly Random _chance = new(seed);
    private RoomCommit? _committing;
    private MonotonicTime _commitDone;

    public string Name => name;

    public LocalIdentity Identity { get; } = LocalIdentity.Create(new SeededRandomSource(seed ^ 0x5eed), DateTimeOffset.UnixEpoch.AddDays(20_000));

    public Bytes32 Device => Identity.Certificate.DeviceAgreement;

    public RoomReplica? Replica { get; set; }

    /// <summary>What the disk holds.</summary>
    public Dictionary<RoomRecordKey, byte[]> Rows { get; private init; } = [];

    public byte[]? State { get; private set; }

    public Bytes32 Room { get; set; }

    public List<RoomEvent> Events { get; } = [];

    public Queue<(int Session, byte[] Message)> Outgoing { get; } = new();

    /// <summary>The sessions that are open, with whom.</summary>
    public Dictionary<int, ReplicaHost> Sessions { get; } = [];

    /// <summary>Sees every message before it leaves.</summary>
    public Action<ReplicaHost, SyncMessage>? Sending { get; set; }

    /// <summary>Added to what the wall clock says.</summary>
    public TimeSpan ClockError { get; init; }

    /// <summary>How many commits have become durable.</summary>
    public int Commits { get; private set; }

    public IEnumerable<string> Texts => Replica!.Messages.Select(message => message.Text);

    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(_committing is null ? null : _commitDone, Replica?.NextTimeout);

    public ReplicaTime Time(MonotonicTime now) => new(now, (ulong)(1_728_000_000_000 + (now.SinceStart + ClockError).TotalMilliseconds));

    public void Create(string title, MonotonicTime now)
    {
        Replica = RoomReplica.Create(Identity, title, ["ws://127.0.0.1:1/x"], Logs.HistoryPolicy.None, Time(now), _random);
        Room = Replica.Room;
        Step(now);
    }

    public void Open(int session, ReplicaHost peer, MonotonicTime now)
    {
        Sessions[session] = peer;
        Replica?.HandleSessionOpened(session, peer.Identity.AccountKey, peer.Device, Time(now));
    }

    public void Close(int session, MonotonicTime now)
    {
        if (Sessions.Remove(session)) Replica?.HandleSessionClosed(session, Time(now));
    }

    public void Handle(int session, byte[] message, MonotonicTime now)
    {
        Assert.True(SyncMessageCodec.TryParse(message, out SyncMessage? parsed));
        if (parsed is SyncMessage.Joined joined)
            HandleJoined(Sessions[session].Identity.AccountKey, joined, now);
        else if (Replica is not null)
            Assert.True(Replica.HandleMessage(session, parsed!, Time(now)), $"{name} takes an honest message for a violation: {parsed!.GetType().Name}");
        Step(now);
    }

    /// <summary>As a client does: the first time with a new replica, later by coming back to the one that there is.</summary>
    private void HandleJoined(Bytes32 sponsor, SyncMessage.Joined joined, MonotonicTime now)
    {
        if (Replica is null)
        {
            Room = joined.Room;
            Replica = RoomReplica.Join(joined.Room, Identity, joined.Title, joined.Addresses, sponsor, _random);
            foreach ((int session, ReplicaHost peer) in Sessions) Replica.HandleSessionOpened(session, peer.Identity.AccountKey, peer.Device, Time(now));
        }
        else if (!Replica.IsJoined && (Replica.State == RoomState.Joined || Replica.IsDeparted))
        {
            Replica.Return(joined.Title, joined.Addresses, sponsor, Time(now));
        }
    }

    /// <summary>Drains the replica: starts a commit, finishes one that is due, collects messages and events.</summary>
    public void Step(MonotonicTime now)
    {
        if (Replica is null) return;
        if (_committing is { } done && _commitDone <= now)
        {
            Apply(done);
            _committing = null;
            Replica.HandleCommitted();
        }

        if (_committing is null && Replica.TryTakeCommit(out RoomCommit commit))
        {
            _committing = commit;
            _commitDone = now + TimeSpan.FromMilliseconds(_chance.Next(0, 20));
        }

        while (Replica.TryTake(out RoomOutput output))
        {
            if (output.Event is { } e)
            {
                Events.Add(e);
                continue;
            }

            Sending?.Invoke(this, output.Message!);
            Outgoing.Enqueue((output.Session, SyncMessageCodec.Encode(output.Message!)));
        }
    }

    /// <summary>Ends the process without warning and starts it again from the disk.</summary>
    public void Crash(MonotonicTime now)
    {
        Replica?.Dispose();
        Replica = null;
        _committing = null;
        Outgoing.Clear();
        if (State is null) return;
        RoomReplica? loaded = RoomReplica.Load(Room, ReadRows(), Identity, Time(now), _random);
        Assert.True(loaded is not null, $"{name} cannot open what it wrote");
        Replica = loaded;
        Step(now);
    }

    /// <summary>A second device that starts from a copy of this disk and the same keys, but goes its own way from here.</summary>
    public RoomReplica OpenClone(int seed, MonotonicTime now) => RoomReplica.Load(Room, ReadRows(), Identity, Time(now), new SeededRandomSource(seed))!;

    /// <summary>The messages that a restart would find, in the order of their positions.</summary>
    public IEnumerable<Bytes32> DurableMessages() =>
        RoomReplica.Load(Room, ReadRows(), Identity, Time(default), new SeededRandomSource(1))!.Messages.Select(message => message.Entry.Hash);

    public IEnumerable<string> DurableTexts() => RoomReplica.Load(Room, ReadRows(), Identity, Time(default), new SeededRandomSource(1))!.Messages.Select(m => m.Text);

    private RoomRows ReadRows() => new(State, Table(StoreTable.Entries), Table(StoreTable.Positions), Table(StoreTable.EpochKeys));

    private List<ReadOnlyMemory<byte>> Table(StoreTable table) =>
        [.. Rows.Where(row => row.Key.Table == table).OrderBy(row => row.Key.Name).ThenBy(row => row.Key.Number).ThenBy(row => row.Key.Sequence).Select(row => (ReadOnlyMemory<byte>)row.Value)];

    private void Apply(RoomCommit commit)
    {
        Commits++;
        foreach (RoomRecordWrite write in commit.Writes)
        {
            if (write.MustBeNew) Assert.False(Rows.ContainsKey(write.Key), $"{name} writes {write.Key.Table} twice");
            if (write.Value is { } value) Rows[write.Key] = value.ToArray();
            else Rows.Remove(write.Key);
        }

        if (commit.State is { } state) State = state.ToArray();
    }
}
