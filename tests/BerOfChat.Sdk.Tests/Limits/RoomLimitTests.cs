using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Rooms;
using BerOfChat.Sessions;
using BerOfChat.Simulation;
using BerOfChat.Sync;

namespace BerOfChat.Limits;

/// <summary>What a member of a room can make the others keep.</summary>
public sealed class RoomLimitTests
{
    private static readonly Bytes32 s_room = Repeated(1);
    private static readonly LogHead s_head = new(s_room, 9, s_room);
    private static readonly OwnLog s_own = new([.. Enumerable.Repeat((byte)9, 32)]);

    [Fact]
    public void A_room_message_with_one_element_too_many_is_malformed()
    {
        var entry = new EntryBytes(new byte[1], new byte[1]);
        (Func<int, SyncMessage> Create, int Limit)[] messages =
        [
            (n => new SyncMessage.Hello(s_room, s_room, [.. Enumerable.Repeat(s_head, n)]), SyncLimits.MaxHelloHeads),
            (n => new SyncMessage.Frontier(s_room, [.. Enumerable.Repeat(s_head, n)]), SyncLimits.MaxHeads),
            (n => new SyncMessage.Ack(s_room, [.. Enumerable.Repeat(s_head, n)]), SyncLimits.MaxHeads),
            (n => new SyncMessage.Entries(s_room, s_room, [.. Enumerable.Repeat(entry, n)], new byte[64]), SyncLimits.MaxRunEntries),
            (n => new SyncMessage.KeyWant(s_room, [.. Enumerable.Repeat(s_room, n)]), SyncLimits.MaxKeyWants),
            (n => new SyncMessage.Joined(s_room, "x", [.. Enumerable.Repeat("wss://a.example", n)]), SyncLimits.MaxAddresses),
            (n => new SyncMessage.Joined(s_room, "x", [new string('a', n)]), SyncLimits.MaxAddressSize),
            (n => new SyncMessage.Joined(s_room, new string('x', n), []), LogLimits.MaxTitleSize),
        ];
        foreach ((Func<int, SyncMessage> create, int limit) in messages)
        {
            Assert.True(SyncMessageCodec.TryParse(SyncMessageCodec.Encode(create(limit)), out _), $"{create(1).GetType().Name} up to {limit}");
            Assert.False(SyncMessageCodec.TryParse(SyncMessageCodec.Encode(create(limit + 1)), out _), $"{create(1).GetType().Name} beyond {limit}");
        }
    }

    [Fact]
    public void An_entry_with_one_dependency_too_many_or_too_large_a_payload_is_malformed()
    {
        Assert.True(Parses(Entry(LogLimits.MaxDependencies, 10)));
        Assert.False(Parses(Entry(LogLimits.MaxDependencies + 1, 10)));
        Assert.True(Parses(Entry(0, LogLimits.MaxPartSize)));
        Assert.False(Parses(Entry(0, LogLimits.MaxPartSize + 1)));
    }

    [Fact]
    public void A_message_longer_than_the_limit_is_not_shown()
    {
        byte[] longest = TextPayload.Encode(new string('x', LogLimits.MaxMessageSize));
        Assert.True(TextPayload.TryDecode(longest, LogLimits.MaxMessageSize, out _));
        Assert.False(TextPayload.TryDecode(TextPayload.Encode(new string('x', LogLimits.MaxMessageSize + 1)), LogLimits.MaxMessageSize, out _));
    }

    [Fact]
    public void Entries_whose_past_never_comes_are_kept_up_to_a_limit()
    {
        var random = new SeededRandomSource(1);
        LogEntry create = EntryWriter.Create(Fuzz.FuzzIdentity.Alice, s_own, HistoryPolicy.None, 1_700_000_000_000, random);
        var timeline = new RoomTimeline(create.Hash);
        Assert.True(timeline.IsWellFormed(create, out AuthorProof? author));
        timeline.Append(create, author);
        timeline.ApplyReady();

        LogEntry previous = create;
        RunVerdict verdict = RunVerdict.Storable;
        byte[] payload = new byte[LogLimits.MaxPartSize];
        for (int i = 0; i < 1000 && verdict == RunVerdict.Storable; i++)
        {
            LogEntry entry = LogEntry.Create(new EntryHeader
            {
                Room = create.Hash, Log = previous.Header.Log, Sequence = previous.Header.Sequence + 1, Previous = previous.Hash, WallTime = 1_700_000_000_000,
                Dependencies = [new EntryDependency(Repeated(0xEE), 1, 1)], Type = (EntryType)1000,
            }, payload, s_own.Key);
            var verifier = new RunVerifier(timeline);
            verdict = verifier.Verify([new EntryBytes(entry.HeaderBytes, entry.Payload)], entry.Signature!.Value.Span, null);
            if (verdict != RunVerdict.Storable) break;
            timeline.Append(verifier.Entries[0].Entry, null);
            previous = entry;
        }

        Assert.Equal(RunVerdict.TooMuch, verdict);
        Assert.InRange(timeline.PendingBytes, 15L * 1024 * 1024, 16L * 1024 * 1024);
    }

    [Fact]
    public void An_operation_on_members_with_too_many_before_it_is_refused()
    {
        LogEntry create = EntryWriter.Create(Fuzz.FuzzIdentity.Alice, s_own, HistoryPolicy.None, 1_700_000_000_000, new SeededRandomSource(1));
        Assert.True(new RoomTimeline(create.Hash).IsWellFormed(create, out AuthorProof? author));
        var log = new MemberLog(create.Header.Log, 0, author!);
        var membership = new RoomMembership();
        ulong accepted = 0;
        while (membership.TryAdd(new RoomOperation(log, new AppliedEntry(Role(sequence: accepted + 2), [accepted + 2], accepted + 2, IsRefused: false, IsExposed: false), s_room))) accepted++;
        Assert.Equal((ulong)LogLimits.MaxOperations, accepted);
    }

    private static LogEntry Role(ulong sequence) => LogEntry.Create(
        new EntryHeader { Room = s_room, Log = Bytes32.Read(s_own.Key.PublicKey.Span), Sequence = sequence, Previous = Repeated(2), WallTime = 1, Dependencies = [], Type = EntryType.Role }, new byte[33], s_own.Key);

    [Fact]
    public void One_question_for_entries_is_answered_up_to_the_window()
    {
        var time = new ReplicaTime(MonotonicTime.Zero, 1_700_000_000_000);
        Bytes32 asker = CorePair.Bob.AccountKey;
        using RoomReplica replica = RoomReplica.Create(CorePair.Alice, "weekend", [], HistoryPolicy.None, time, new SeededRandomSource(1));
        replica.HandleSessionOpened(1, asker, CorePair.Bob.Certificate.DeviceAgreement, time);
        replica.AddMember(1, asker, 77, null, time);
        for (int i = 0; i < 60; i++) replica.Send(new string('x', LogLimits.MaxMessageSize), time);
        Drain(replica);

        Assert.True(replica.HandleMessage(1, new SyncMessage.Want(replica.Room, new LogHead(replica.OwnLog, 0, default), uint.MaxValue), time));
        long answered = Drain(replica).OfType<SyncMessage.Entries>().Sum(run => run.Run.Sum(entry => (long)entry.Header.Length + entry.Payload.Length));
        Assert.InRange(answered, SyncLimits.WantWindow, SyncLimits.WantWindow + SyncLimits.MaxRunSize + LogLimits.MaxPartSize);
    }

    private static List<SyncMessage> Drain(RoomReplica replica)
    {
        List<SyncMessage> messages = [];
        do
        {
            while (replica.TryTake(out RoomOutput output))
            {
                if (output.Message is { } message) messages.Add(message);
            }

            if (!replica.TryTakeCommit(out _)) return messages;
            replica.HandleCommitted();
        }
        while (true);
    }

    private static bool Parses(LogEntry entry) => LogEntry.TryParse(entry.HeaderBytes, entry.Payload, out _);

    private static LogEntry Entry(int dependencies, int payload) => LogEntry.Create(new EntryHeader
    {
        Room = s_room,
        Log = s_own.Id,
        Sequence = 2,
        Previous = Repeated(2),
        WallTime = 1,
        Dependencies = [.. Enumerable.Range(0, dependencies).Select(i => new EntryDependency(Numbered(i), 1, 1))],
        Type = (EntryType)1000,
    }, new byte[payload], s_own.Key);

    private static Bytes32 Numbered(int number)
    {
        byte[] bytes = new byte[Bytes32.Size];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return Bytes32.Read(bytes);
    }

    private static Bytes32 Repeated(byte value) => Bytes32.Read([.. Enumerable.Repeat(value, 32)]);
}
