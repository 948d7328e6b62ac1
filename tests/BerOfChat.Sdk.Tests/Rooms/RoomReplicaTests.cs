using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.Storage;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Two replicas in virtual time; a failing seed replays with BEROFCHAT_SEED.</summary>
public sealed class RoomReplicaTests
{
    private static readonly LinkConditions s_perfect = new() { Delay = TimeSpan.FromMilliseconds(5) };

    public static TheoryData<int> RoughSeeds => [.. Seeds.Take(60)];

    [Theory]
    [MemberData(nameof(RoughSeeds))]
    public void Nothing_is_lost_or_doubled_over_a_rough_network_with_cuts_and_crashes(int seed)
    {
        var chance = new Random(seed);
        var world = new TwoReplicas(seed, LinkConditions.Rough(seed, TimeSpan.FromMilliseconds(200)));
        world.Connect();
        world.RunFor(TimeSpan.FromMilliseconds(chance.Next(0, 4_000)));

        List<string> promised = [];
        List<string> attempted = [];
        for (int i = 0; i < 60; i++)
        {
            ReplicaHost writer = chance.Next(2) == 0 ? world.Alice : world.Bob;
            if (writer.Replica is not null)
            {
                string text = $"{writer.Name} {i}";
                attempted.Add(text);
                ulong ticket = writer.Replica.Send(text, writer.Time(world.Now));
                world.RunFor(TimeSpan.FromMilliseconds(chance.Next(0, 400)));
                if (writer.Events.Any(e => e is RoomEvent.Sent sent && sent.Ticket == ticket)) promised.Add(text);
            }

            switch (chance.Next(12))
            {
                case 0 when world.IsConnected:
                    world.Cut();
                    break;
                case 1:
                    ReplicaHost victim = chance.Next(2) == 0 ? world.Alice : world.Bob;
                    world.Crash(victim);
                    victim.Events.Clear();
                    break;
                case < 8 when !world.IsConnected:
                    world.Connect();
                    break;
            }

            world.RunFor(TimeSpan.FromMilliseconds(chance.Next(0, 500)));
        }

        if (!world.IsConnected) world.Connect();
        world.RunFor(TimeSpan.FromMinutes(2));

        foreach (ReplicaHost host in new[] { world.Alice, world.Bob }) host.Replica!.Send($"{host.Name} is still here", host.Time(world.Now));
        attempted.AddRange(["Alice is still here", "Bob is still here"]);
        world.RunFor(TimeSpan.FromMinutes(1));

        string hint = $"replay with {Seeds.Variable}={seed}";
        string[] atAlice = [.. world.Alice.Texts];
        string[] atBob = [.. world.Bob.Texts];
        Assert.True(atAlice.Length == atAlice.Distinct().Count(), $"Alice shows something twice; {hint}");
        Assert.True(atBob.Length == atBob.Distinct().Count(), $"Bob shows something twice; {hint}");
        Assert.True(!promised.Where(text => text.StartsWith("Alice", StringComparison.Ordinal)).Except(atAlice).Any(), $"Alice lost her own; {hint}");
        Assert.True(!promised.Where(text => text.StartsWith("Bob", StringComparison.Ordinal)).Except(atAlice).Any(), $"Alice misses what Bob wrote; {hint}");
        Assert.True(!atAlice.Except(attempted).Any(), $"Alice shows what nobody wrote; {hint}");

        Assert.True(atBob.Contains("Alice is still here") && atAlice.Contains("Bob is still here"), $"They do not talk any more; {hint}");

        // What Alice wrote while she was alone is not for Bob, who joined later; everything since is.
        string[] missing = [.. atAlice.Except(atBob)];
        Assert.True(missing.SequenceEqual(atAlice.Take(missing.Length)), $"Bob misses {string.Join(", ", missing)}; {hint}");
        Assert.True(!atBob.Except(atAlice).Any(), $"Bob shows what Alice does not have; {hint}");
        Assert.Equal(Ordered(world.Bob), Ordered(world.Alice).Where(text => !missing.Contains(text)));
        Assert.Equal(atAlice, world.Alice.DurableTexts());
        Assert.Equal(atBob, world.Bob.DurableTexts());
    }

    [Fact]
    public void A_message_is_sent_only_when_it_is_durable_and_delivered_only_when_the_peer_has_it()
    {
        TwoReplicas world = Connected();
        int before = world.Alice.Commits;
        ulong ticket = world.Alice.Replica!.Send("hello", world.Alice.Time(world.Now));
        Assert.False(world.Alice.Replica.TryTake(out _));
        world.RunFor(TimeSpan.FromSeconds(1));

        Assert.True(world.Alice.Commits > before);
        RoomEvent.Sent sent = Assert.Single(world.Alice.Events.OfType<RoomEvent.Sent>(), e => e.Ticket == ticket);
        RoomEvent.Delivered delivered = Assert.Single(world.Alice.Events.OfType<RoomEvent.Delivered>());
        Assert.Equal((world.Bob.Identity.AccountKey, sent.Hash), (delivered.Account, delivered.Hash));
        Assert.Equal(["hello"], world.Bob.Texts);
    }

    [Fact]
    public void What_was_written_before_a_member_joined_is_held_by_it_and_never_delivered_to_it()
    {
        var world = new TwoReplicas(1, s_perfect);
        world.Alice.Replica!.Send("before", world.Alice.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(1));
        world.Connect();
        world.RunFor(TimeSpan.FromSeconds(10));
        ulong ticket = world.Alice.Replica.Send("after", world.Alice.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(world.Alice.Replica.Timeline.Digest, world.Bob.Replica!.Timeline.Digest);
        Assert.Equal(["after"], world.Bob.Texts);
        RoomEvent.Sent sent = Assert.Single(world.Alice.Events.OfType<RoomEvent.Sent>(), e => e.Ticket == ticket);
        Assert.Equal(sent.Hash, Assert.Single(world.Alice.Events.OfType<RoomEvent.Delivered>()).Hash);
    }

    [Fact]
    public void A_newcomer_reads_nothing_of_the_time_before_and_has_the_title_from_the_start()
    {
        var world = new TwoReplicas(1, s_perfect);
        world.Alice.Replica!.Send("before", world.Alice.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(1));
        world.Connect();
        world.RunFor(TimeSpan.FromSeconds(5));
        world.Alice.Replica.Send("after", world.Alice.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(["after"], world.Bob.Texts);
        Assert.Equal("weekend", world.Bob.Replica!.Stored.Title);
        Assert.Equal(world.Alice.Replica.Members.Select(m => m.Id), world.Bob.Replica.Members.Select(m => m.Id));
    }

    [Fact]
    public void A_clock_set_to_the_year_2100_wins_nothing_against_those_who_have_seen_it()
    {
        var world = new TwoReplicas(3, s_perfect, bobsClockError: TimeSpan.FromDays(365 * 75));
        world.Connect();
        world.RunFor(TimeSpan.FromSeconds(5));
        foreach ((ReplicaHost host, string text) in new[] { (world.Bob, "one"), (world.Alice, "two"), (world.Bob, "three"), (world.Alice, "four") })
        {
            host.Replica!.Send(text, host.Time(world.Now));
            world.RunFor(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["one", "two", "three", "four"], Ordered(world.Alice));
        Assert.Equal(["one", "two", "three", "four"], Ordered(world.Bob));
    }

    [Fact]
    public void Two_copies_of_one_profile_never_use_a_key_twice()
    {
        TwoReplicas world = Connected();
        using RoomReplica one = world.Bob.OpenClone(11, world.Now);
        using RoomReplica other = world.Bob.OpenClone(12, world.Now);
        HashSet<string> keys = [];
        int entries = 0;
        foreach (RoomReplica clone in new[] { one, other })
        {
            for (int i = 0; i < 50; i++) clone.Send("the same text", world.Bob.Time(world.Now));
            Assert.True(clone.TryTakeCommit(out RoomCommit commit));
            byte[] epochKeyRow = world.Bob.Rows.Last(row => row.Key.Table == StoreTable.EpochKeys).Value;
            foreach (RoomRecordWrite write in commit.Writes.Where(write => write.Key.Table == StoreTable.Entries))
            {
                Assert.True(LogEntry.TryParseRow(write.Value!.Value, out LogEntry? entry));
                if (!entry.Header.Type.IsSealed()) continue;
                byte[] key = new byte[32];
                EntryCipher.DeriveKey(epochKeyRow.AsSpan(32), entry.Header.Salt, entry.HeaderBytes.Span[..^EntryHeader.PayloadFieldsSize], key);
                Assert.True(keys.Add(Convert.ToHexString(key)), "A key repeats.");
                entries++;
            }
        }

        Assert.Equal(100, entries);
    }

    [Fact]
    public void An_altered_entry_is_a_violation_and_is_not_stored()
    {
        TwoReplicas world = Connected();
        world.Alice.Replica!.Send("hello", world.Alice.Time(world.Now));
        Assert.True(world.Alice.Replica.TryTakeCommit(out RoomCommit commit));
        Assert.True(LogEntry.TryParseRow(commit.Writes.Single(w => w.Key.Table == StoreTable.Entries).Value!.Value, out LogEntry? entry));
        byte[] signature = entry.Signature!.Value.ToArray();

        foreach ((byte[] header, byte[] payload, byte[] sig) in Altered(entry, signature))
        {
            var message = new SyncMessage.Live(world.Bob.Room, new EntryBytes(header, payload), sig);
            Assert.False(world.Bob.Replica!.HandleMessage(1, message, world.Bob.Time(world.Now)));
        }

        var honest = new SyncMessage.Live(world.Bob.Room, new EntryBytes(entry.HeaderBytes, entry.Payload), signature);
        Assert.True(world.Bob.Replica!.HandleMessage(1, honest, world.Bob.Time(world.Now)));
        Assert.Equal(["hello"], world.Bob.Texts);
    }

    [Fact]
    public void A_stranger_learns_nothing_and_changes_nothing()
    {
        TwoReplicas world = Connected();
        world.Alice.Replica!.Send("secret", world.Alice.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(1));
        var mallory = new ReplicaHost("Mallory", 99);
        world.Alice.Replica.HandleSessionOpened(9, mallory.Identity.AccountKey, mallory.Device, world.Alice.Time(world.Now));
        Bytes32 room = world.Alice.Room;
        SyncMessage[] questions =
        [
            new SyncMessage.Hello(room, default, []),
            new SyncMessage.Want(room, new LogHead(world.Alice.Replica.OwnLog, 0, default), 1_000_000),
            new SyncMessage.KeyWant(room, [.. world.Alice.Rows.Keys.Where(k => k.Table == StoreTable.EpochKeys).Select(k => k.Name)]),
        ];
        foreach (SyncMessage question in questions) Assert.True(world.Alice.Replica.HandleMessage(9, question, world.Alice.Time(world.Now)));
        Assert.False(world.Alice.Replica.TryTakeCommit(out _));
        Assert.True(world.Alice.Replica.TryTake(out RoomOutput answer));
        Assert.Equal(Bytes32.Zero, Assert.IsType<SyncMessage.Hello>(answer.Message).Digest);
        Assert.False(world.Alice.Replica.TryTake(out _));
    }

    private static TwoReplicas Connected()
    {
        var world = new TwoReplicas(5, s_perfect);
        world.Connect();
        world.RunFor(TimeSpan.FromSeconds(10));
        Assert.True(world.Bob.Replica is { IsJoined: true });
        return world;
    }

    private static IEnumerable<string> Ordered(ReplicaHost host) =>
        host.Replica!.Messages.OrderBy(m => m.Order).ThenBy(m => m.Entry.Header.Log).ThenBy(m => m.Entry.Header.Sequence).Select(m => m.Text);

    private static IEnumerable<(byte[] Header, byte[] Payload, byte[] Signature)> Altered(LogEntry entry, byte[] signature)
    {
        byte[] header = entry.HeaderBytes.ToArray();
        byte[] payload = entry.Payload.ToArray();
        for (int i = 0; i < header.Length; i++) yield return (Flipped(header, i), payload, signature);
        for (int i = 0; i < payload.Length; i++) yield return (header, Flipped(payload, i), signature);
        for (int i = 0; i < signature.Length; i++) yield return (header, payload, Flipped(signature, i));
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        byte[] copy = [.. bytes];
        copy[at] ^= 0x10;
        return copy;
    }
}
