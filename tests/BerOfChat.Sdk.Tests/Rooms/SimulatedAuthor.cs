using BerOfChat.Identity;
using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Simulation;

namespace BerOfChat.Rooms;

/// <summary>A device that writes whatever it likes into its log, allowed or not, from what it knows so far.</summary>
internal sealed class SimulatedAuthor
{
    private readonly OwnLog _own;
    private readonly EntryWriter _writer;
    private ulong _wall = 1_728_000_000_000;

    public SimulatedAuthor(int seed, LocalIdentity? identity = null)
    {
        Identity = identity ?? LocalIdentity.Create(new SeededRandomSource(seed), DateTimeOffset.UnixEpoch.AddDays(20_000));
        _own = NewLog(seed ^ 0x10c);
        _writer = new EntryWriter(Identity, _own, new SeededRandomSource(seed ^ 0x5a17));
    }

    public LocalIdentity Identity { get; }

    public Bytes32 Account => Identity.AccountKey;

    public Bytes32 Log => _own.Id;

    /// <summary>What this device knows.</summary>
    public RoomTimeline Timeline { get; private set; } = null!;

    public IEnumerable<LogEntry> Entries => Timeline.Logs.SelectMany(log => log.Entries);

    public MembershipView Members => Timeline.Membership;

    public LogEntry CreateRoom(HistoryPolicy history = HistoryPolicy.None)
    {
        LogEntry create = EntryWriter.Create(Identity, _own, history, ++_wall, new SeededRandomSource(1));
        Timeline = new RoomTimeline(create.Hash);
        Take(create);
        return create;
    }

    /// <summary>Learns everything that somebody else knows.</summary>
    public void Learn(SimulatedAuthor other)
    {
        Timeline ??= new RoomTimeline(other.Timeline.Room);
        foreach (LogEntry entry in other.Entries.ToArray()) Take(entry);
    }

    public LogEntry Join(SimulatedAuthor from)
    {
        Learn(from);
        return Keep(_writer.WriteJoin(Timeline, ++_wall));
    }

    public LogEntry Add(SimulatedAuthor who, RoomRole role = RoomRole.Member) => Write(EntryType.Add, new AddPayload(who.Account, role, 7).Encode());

    public LogEntry Remove(SimulatedAuthor who) => Write(EntryType.Remove, Timeline.DescribeRemoval(who.Account).Encode());

    public LogEntry SetRole(SimulatedAuthor who, RoomRole role) => Write(EntryType.Role, new RolePayload(who.Account, role).Encode());

    public LogEntry Leave() => Write(EntryType.Leave, []);

    public LogEntry MakeEpoch() => Write(EntryType.Epoch, new byte[32]);

    /// <summary>Seals under a key of zeros; nobody here opens it.</summary>
    public LogEntry Say(string text, LogEntry epoch, EntryType type = EntryType.Message) =>
        Keep(_writer.WriteSealed(Timeline, type, epoch.Hash, new byte[32], text, ++_wall));

    public LogEntry Write(EntryType type, byte[] payload) => Keep(_writer.WriteClear(Timeline, type, payload, ++_wall));

    public void Take(LogEntry entry)
    {
        if ((Timeline.Find(entry.Header.Log)?.Head.Sequence ?? 0) >= entry.Header.Sequence) return;
        Assert.True(Timeline.IsWellFormed(entry, out AuthorProof? author));
        Timeline.Append(entry, author);
        Timeline.ApplyReady();
    }

    public bool IsRefused(LogEntry entry) => Timeline.Find(entry.Header.Log)!.FindApplied(entry.Header.Sequence)!.IsRefused;

    public bool Shows(LogEntry entry) => !IsRefused(entry) && Members.Stands(entry.Header.Log, entry.Header.Sequence);

    private static OwnLog NewLog(int seed)
    {
        byte[] key = new byte[32];
        new SeededRandomSource(seed).Fill(key);
        return new OwnLog(key);
    }

    private LogEntry Keep(LogEntry entry)
    {
        Take(entry);
        return entry;
    }
}
