using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.Storage;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Two to four replicas in virtual time; a failing seed replays with BEROFCHAT_SEED.</summary>
public sealed class ManyReplicasTests
{
    public static TheoryData<int> ManySeeds => [.. Seeds.Take(200)];

    [Theory]
    [MemberData(nameof(ManySeeds))]
    public void Replicas_end_with_equal_logs_and_equal_display_whatever_happens_on_the_way(int seed)
    {
        try
        {
            Live(seed);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Replay with {Seeds.Variable}={seed}", e);
        }
    }

    [Fact]
    public void Four_replicas_hear_each_other_without_the_one_who_let_them_in()
    {
        ReplicaWorld world = RoomOfFour(1);
        ReplicaHost[] others = [.. world.Hosts.Skip(1)];
        world.CutAll(world.Hosts[0]);
        foreach (ReplicaHost host in others) host.Replica!.Send(host.Name, host.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.All(others, host => Assert.Equal(others.Select(other => other.Name).Order(), host.Texts.Order()));
        world.ConnectAll();
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(Display(others[0]), Display(world.Hosts[0]));
    }

    [Fact]
    public void A_silent_peer_is_not_asked_for_ever()
    {
        ReplicaWorld world = RoomOfFour(2);
        (ReplicaHost alice, ReplicaHost bob, ReplicaHost carol, ReplicaHost dave) = (world.Hosts[0], world.Hosts[1], world.Hosts[2], world.Hosts[3]);
        world.CutAll(dave);
        alice.Replica!.Send("hello", alice.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(2));

        // Bob takes every question and answers none.
        int silent = world.Connect(dave, bob);
        world.Swallows = (session, message) => session == silent && message is SyncMessage.Entries;
        world.Connect(dave, carol);
        world.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(["hello"], dave.Texts);
    }

    [Fact]
    public void Who_became_a_member_unknown_to_a_peer_learns_what_that_peer_wrote()
    {
        var world = new ReplicaWorld(3);
        ReplicaHost alice = world.Add("Alice");
        ReplicaHost bob = world.Add("Bob");
        ReplicaHost carol = world.Add("Carol");
        alice.Create("weekend", world.Now);
        world.Invite(alice, bob);
        world.RunFor(TimeSpan.FromSeconds(5));
        world.Cut(alice, bob);
        bob.Replica!.Send("on the way", bob.Time(world.Now));
        world.Invite(alice, carol);
        world.RunFor(TimeSpan.FromSeconds(5));

        // Carol knows Bob from Alice; Bob hears of Carol only after her HELLO.
        world.Cut(alice, carol);
        world.Connect(bob, carol);
        world.RunFor(TimeSpan.FromSeconds(5));
        world.Connect(alice, bob);
        world.RunFor(TimeSpan.FromSeconds(10));
        world.CutAll(alice);
        world.RunFor(TimeSpan.FromSeconds(30));
        Assert.Equal(bob.Replica.Timeline.Digest, carol.Replica!.Timeline.Digest);
    }

    [Fact]
    public void After_a_member_has_left_the_epoch_from_before_it_came_does_not_serve_again()
    {
        ReplicaWorld world = RoomOfFour(4);
        ReplicaHost dave = world.Hosts[3];
        Bytes32[] before = [.. world.Hosts[0].Replica!.Timeline.Epochs.Keys];
        dave.Replica!.Leave(dave.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(RoomState.Left, dave.Replica.State);
        Assert.True(dave.Replica.IsDeparted);
        foreach (ReplicaHost host in world.Joined)
        {
            host.Replica!.Send("after", host.Time(world.Now));
            world.RunFor(TimeSpan.FromSeconds(1));
            Assert.DoesNotContain(host.Replica.Messages[^1].Entry.Header.Epoch, before);
        }

        Assert.Equal(3, world.Joined.Count());
        Assert.Empty(dave.Texts);
    }

    [Fact]
    public void The_last_admin_who_leaves_hands_over_and_can_be_let_in_again()
    {
        ReplicaWorld world = RoomOfFour(5);
        (ReplicaHost alice, ReplicaHost bob) = (world.Hosts[0], world.Hosts[1]);
        alice.Replica!.Leave(alice.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.True(bob.Replica!.IsAdmin);
        world.Invite(bob, alice);
        world.RunFor(TimeSpan.FromSeconds(10));
        Assert.True(alice.Replica.IsReading);
        alice.Replica.Send("back", alice.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.All(world.Hosts, host => Assert.Equal(["back"], host.Texts));
    }

    [Fact]
    public void A_removed_member_opens_nothing_written_afterwards_with_all_that_it_ever_had()
    {
        ReplicaWorld world = RoomOfFour(6);
        (ReplicaHost alice, ReplicaHost dave) = (world.Hosts[0], world.Hosts[3]);
        foreach (ReplicaHost host in world.Hosts) host.Replica!.Send("before", host.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(5));
        world.CutAll(dave);
        alice.Replica!.RemoveMember(dave.Identity.AccountKey, alice.Time(world.Now));
        HashSet<Bytes32> old = [.. alice.Replica.Timeline.Logs.SelectMany(log => log.Entries).Select(entry => entry.Hash)];
        world.RunFor(TimeSpan.FromSeconds(5));
        ReplicaHost[] others = [.. world.Hosts.Take(3)];
        foreach (ReplicaHost host in others) host.Replica!.Send("a secret", host.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(5));

        // Everything that was in its database, and every 32 bytes in it, as a key.
        List<byte[]> keys = [];
        foreach (byte[] row in dave.Rows.Values.Append(dave.State!).Append(dave.Identity.Export()))
            for (int i = 0; i + 32 <= row.Length; i++) keys.Add(row[i..(i + 32)]);
        LogEntry[] after = [.. alice.Replica.Timeline.Logs.SelectMany(log => log.Entries).Where(entry => entry.Header.Type == EntryType.Message && !old.Contains(entry.Hash))];
        LogEntry[] before = [.. alice.Replica.Timeline.Logs.SelectMany(log => log.Entries).Where(entry => entry.Header.Type == EntryType.Message && old.Contains(entry.Hash))];
        Assert.Equal(3, after.Length);
        Assert.Equal(4, before.Length);
        Assert.All(after, entry => Assert.DoesNotContain(keys, key => EntryCipher.TryOpen(key, entry, out _)));
        Assert.Contains(keys, key => EntryCipher.TryOpen(key, before[0], out _));

        // It asks everybody for everything, and is told that it was removed. What it writes without knowing of that reaches nobody.
        Bytes32[] epochs = [.. alice.Replica.Timeline.Epochs.Keys];
        List<SyncMessage> told = [];
        dave.Replica!.Send("still here?", dave.Time(world.Now));
        foreach (ReplicaHost host in others)
        {
            int session = world.Connect(host, dave);
            host.Sending = (_, message) => told.Add(message);
            foreach (SyncMessage question in Questions(alice, epochs)) host.Handle(session, SyncMessageCodec.Encode(question), world.Now);
        }

        world.RunFor(TimeSpan.FromMinutes(2));
        HashSet<Bytes32> past = CausalPast.OfRemoval(alice);
        Assert.NotEmpty(told);
        Assert.All(told, message => CausalPast.AssertSaysNothingBeyond(past, message));
        Assert.Equal(RoomState.Removed, dave.Replica.State);
        Assert.All(dave.Replica.Timeline.Logs.Where(log => log.Id != dave.Replica.OwnLog).SelectMany(log => log.Entries), entry => Assert.Contains(entry.Hash, past));
        Assert.Equal(["before"], Display(dave).Distinct());
        Assert.All(others, host => Assert.DoesNotContain("still here?", host.Texts));
    }

    [Fact]
    public void Who_is_removed_in_a_session_is_told_so_and_comes_back_only_by_a_new_ADD()
    {
        ReplicaWorld world = RoomOfFour(7);
        (ReplicaHost alice, ReplicaHost bob, ReplicaHost dave) = (world.Hosts[0], world.Hosts[1], world.Hosts[3]);
        world.Cut(alice, dave);
        alice.Replica!.RemoveMember(dave.Identity.AccountKey, alice.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(RoomState.Removed, dave.Replica!.State);
        bob.Replica!.Send("without Dave", bob.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(5));
        world.Invite(alice, dave);
        world.RunFor(TimeSpan.FromSeconds(10));
        bob.Replica.Send("with Dave", bob.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(RoomState.Joined, dave.Replica.State);
        Assert.Equal(["with Dave"], dave.Texts);
        Assert.Equal(["without Dave", "with Dave"], Display(world.Hosts[2]));
    }

    [Fact]
    public void Who_joins_while_its_inviter_is_gone_makes_the_epoch_itself()
    {
        ReplicaWorld world = RoomOfFour(8);
        (ReplicaHost alice, ReplicaHost bob) = (world.Hosts[0], world.Hosts[1]);
        ReplicaHost eve = world.Add("Eve");
        int session = world.Connect(alice, eve);
        world.Swallows = (at, message) => at == session && message is SyncMessage.Live live
            && EntryHeader.TryParse(live.Entry.Header.Span, out EntryHeader? header, out _, out _) && header.Type == EntryType.Join;
        world.Invite(alice, eve);
        while (eve.Replica is not { IsJoined: true }) world.RunFor(TimeSpan.FromMilliseconds(5));
        world.CutAll(alice);
        Assert.False(eve.Replica.IsReading);
        world.Connect(bob, eve);
        world.RunFor(TimeSpan.FromSeconds(30));
        Assert.True(eve.Replica.IsReading);
        bob.Replica!.Send("welcome", bob.Time(world.Now));
        world.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(["welcome"], eve.Texts);
    }

    private static IEnumerable<SyncMessage> Questions(ReplicaHost alice, Bytes32[] epochs)
    {
        yield return new SyncMessage.Hello(alice.Room, default, []);
        yield return new SyncMessage.Frontier(alice.Room, []);
        yield return new SyncMessage.KeyWant(alice.Room, epochs);
        foreach (MemberLog log in alice.Replica!.Timeline.Logs) yield return new SyncMessage.Want(alice.Room, new LogHead(log.Id, 0, default), 1_000_000);
    }

    private static ReplicaWorld RoomOfFour(int seed)
    {
        var world = new ReplicaWorld(seed);
        ReplicaHost alice = world.Add("Alice");
        alice.Create("weekend", world.Now);
        foreach (string name in new[] { "Bob", "Carol", "Dave" })
        {
            world.Invite(alice, world.Add(name));
            world.RunFor(TimeSpan.FromSeconds(2));
        }

        world.ConnectAll();
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.All(world.Hosts, host => Assert.True(host.Replica is { IsReading: true }));
        return world;
    }

    private static void Live(int seed)
    {
        var chance = new Random(seed);
        var world = new ReplicaWorld(seed) { Chaos = chance.NextDouble() * 0.15, MaxDelay = TimeSpan.FromMilliseconds(chance.Next(1, 300)) };
        string[] names = ["Alice", "Bob", "Carol", "Dave"];
        foreach (string name in names.Take(chance.Next(2, 5))) world.Add(name, TimeSpan.FromMinutes(chance.Next(-30, 30)));
        world.Hosts[0].Create("weekend", world.Now);
        for (int i = 0; i < 45; i++)
        {
            ReplicaHost one = Pick(world.Hosts);
            ReplicaHost other = Pick(world.Hosts);
            bool isAdmin = one.Replica is { IsAdmin: true };
            Bytes32 target = other.Identity.AccountKey;
            switch (chance.Next(16))
            {
                case 0:
                    world.Cut(one, other);
                    break;
                case 1:
                    world.CutAll(one);
                    break;
                case 2:
                    world.Crash(one);
                    break;
                case 3 when isAdmin && one != other && other.Replica?.IsJoined == true && one.Replica!.Membership.IsAdded(target) && one.Replica.Timeline.Creator != target:
                    one.Replica.RemoveMember(target, one.Time(world.Now));
                    break;
                case 4 when one.Replica is { IsJoined: true } && chance.Next(3) == 0:
                    one.Replica.Leave(one.Time(world.Now));
                    break;
                case 5 when isAdmin && one.Replica!.Membership.IsAdded(target) && one.Replica.Timeline.Creator != target:
                    one.Replica.SetRole(target, (RoomRole)chance.Next(1, 3), one.Time(world.Now));
                    break;
                case < 9 when isAdmin && one != other && other.Replica is not { IsJoined: true }:
                    world.Invite(one, other);
                    break;
                case < 11 when one != other:
                    world.Connect(one, other);
                    break;
                default:
                    if (one.Replica is { IsJoined: true }) one.Replica.Send($"{one.Name} {i}", one.Time(world.Now));
                    break;
            }

            world.RunFor(TimeSpan.FromMilliseconds(chance.Next(0, 1_500)));
        }

        // Everybody meets everybody again, and the network behaves.
        world.Chaos = 0;
        foreach (ReplicaHost host in world.Hosts) world.CutAll(host);
        world.ConnectAll();
        world.RunFor(TimeSpan.FromMinutes(1));
        ReplicaHost[] members = [.. world.Joined];
        foreach (ReplicaHost host in members) host.Replica!.Send($"{host.Name} is still here", host.Time(world.Now));
        world.RunFor(TimeSpan.FromMinutes(1));
        CheckEnd(WhoAcceptEachOther(members));
        Nobody_thinks_to_be_in_whom_somebody_else_has_seen_removed(world);

        ReplicaHost Pick(List<ReplicaHost> hosts) => hosts[chance.Next(hosts.Count)];
    }

    /// <summary>Two who have removed each other while they were apart do not speak any more; everybody else is told.</summary>
    private static void Nobody_thinks_to_be_in_whom_somebody_else_has_seen_removed(ReplicaWorld world)
    {
        foreach (ReplicaHost host in world.Joined)
            foreach (ReplicaHost other in world.Joined)
                Assert.True(Accepts(host, other) || !Accepts(other, host), $"{host.Name} does not tell {other.Name} that it was removed");

        static bool Accepts(ReplicaHost host, ReplicaHost other) => host.Replica!.Membership.IsAdded(other.Identity.AccountKey);
    }

    /// <summary>The most who are members to each other: two may have removed each other while they were apart.</summary>
    private static ReplicaHost[] WhoAcceptEachOther(ReplicaHost[] members) => Enumerable.Range(1, (1 << members.Length) - 1)
        .Select(subset => members.Where((_, i) => (subset >> i & 1) == 1).ToArray())
        .Where(subset => subset.All(host => subset.All(other => host.Replica!.Membership.IsAdded(other.Identity.AccountKey))))
        .MaxBy(subset => subset.Length) ?? [];

    private static void CheckEnd(ReplicaHost[] agreed)
    {
        foreach (ReplicaHost host in agreed)
        {
            Assert.True(host.Replica!.Timeline.Digest == agreed[0].Replica!.Timeline.Digest, $"{host.Name} and {agreed[0].Name} hold different logs");
            foreach (ReplicaHost other in agreed) Assert.True(host.Texts.Contains($"{other.Name} is still here"), $"{host.Name} does not hear {other.Name}");
            HashSet<Bytes32> held = [.. agreed.SelectMany(other => other.Rows.Keys).Where(key => key.Table == StoreTable.EpochKeys).Select(key => key.Name)];
            string[] expected = [.. Readable(host, held).Select(entry => entry.Hash.ToString()).Order(StringComparer.Ordinal)];
            string[] shown = [.. host.Replica.Messages.Where(message => !host.Replica.IsHidden(message)).Select(message => message.Entry.Hash.ToString()).Order(StringComparer.Ordinal)];
            Assert.True(expected.SequenceEqual(shown), $"{host.Name} shows {shown.Length} messages of {expected.Length}");
            Assert.True(host.Replica.Messages.Select(message => message.Entry.Hash).SequenceEqual(host.DurableMessages()), $"{host.Name} would read something else after a restart");
        }
    }

    /// <summary>The messages that stand and that were written for a device, as far as somebody has their key.</summary>
    private static IEnumerable<LogEntry> Readable(ReplicaHost host, HashSet<Bytes32> held)
    {
        RoomTimeline timeline = host.Replica!.Timeline;
        return from log in timeline.Logs
               from entry in log.Applied
               where entry.Entry.Header.Type == EntryType.Message && !entry.IsRefused && timeline.Membership.Stands(log.Id, entry.Entry.Header.Sequence)
               let epoch = entry.Entry.Header.Epoch
               where timeline.IsRecipient(timeline.Epochs[epoch], host.Device) && (host.Rows.ContainsKey(RoomRecordKey.EpochKey(epoch)) || (held.Contains(epoch) && timeline.Epochs[epoch].Recipients.Contains(host.Replica.OwnLog)))
               select entry.Entry;
    }

    private static string[] Display(ReplicaHost host) =>
        [.. host.Replica!.Messages.Where(message => !host.Replica.IsHidden(message)).OrderBy(m => m.Order).ThenBy(m => m.Entry.Header.Log).ThenBy(m => m.Entry.Header.Sequence).Select(m => m.Text)];
}
