using BerOfChat.Identity;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Sessions with devices that a replica has never heard of: Carol was away when Alice let Dave in.</summary>
public sealed class StrangerTests
{
    private static readonly DateTimeOffset s_epoch = DateTimeOffset.UnixEpoch.AddDays(20_000);
    private readonly Person _alice = new(1);
    private readonly Person _carol = new(2);
    private readonly Person _dave = new(3);
    private int _sessions;
    private MonotonicTime _now;

    [Fact]
    public void A_stranger_hears_only_questions_until_it_has_shown_that_it_is_a_member()
    {
        MeetWithoutCarol();
        Open(_carol, _dave);
        Pump();
        _now += TimeSpan.FromSeconds(6);        // keys are asked for again after five
        _carol.Replica!.HandleTimeout(Time);
        Pump();

        (bool WasKnown, SyncMessage Message)[] sent = [.. _carol.Sent];
        int known = Array.FindIndex(sent, entry => entry.WasKnown);
        Assert.InRange(known, 2, sent.Length - 1);
        Assert.Equal(Bytes32.Zero, Assert.IsType<SyncMessage.Hello>(sent[0].Message).Digest);
        Assert.All(sent[..known], entry => Assert.True(entry.Message is SyncMessage.Want or SyncMessage.Hello { Changed.Count: 0 }, entry.Message.GetType().Name));
        Assert.Single(sent[..known], entry => entry.Message is SyncMessage.Hello);
        Assert.Contains(_carol.Replica!.Members, log => log.Account == _dave.Account);
        Assert.Equal(["hello"], _carol.Replica.Messages.Select(message => message.Text));
        Assert.True(_carol.Replica.IsKnownTo(_dave.Device));
    }

    [Fact]
    public void Who_shows_nothing_is_overdue_after_thirty_seconds_and_has_learnt_nothing()
    {
        MeetWithoutCarol();
        var mallory = new Person(9);
        int session = Open(_carol, mallory);
        var room = _carol.Replica!.Room;
        foreach (SyncMessage message in new SyncMessage[] { new SyncMessage.Want(room, new LogHead(_carol.Replica.OwnLog, 0, default), 1000), new SyncMessage.KeyWant(room, [Bytes32.Zero]) })
            Assert.True(_carol.Replica.HandleMessage(session, message, Time));
        Pump();
        Assert.Empty(_carol.Sent);

        Assert.True(_carol.Replica.HandleMessage(session, new SyncMessage.Hello(room, Bytes32.Zero, []), Time));
        Assert.True(_carol.Replica.HandleMessage(session, new SyncMessage.Want(room, new LogHead(_carol.Replica.OwnLog, 0, default), 1000), Time));
        Assert.True(_carol.Replica.HandleMessage(session, new SyncMessage.Frontier(room, []), Time));
        Pump();
        Assert.IsType<SyncMessage.Hello>(Assert.Single(_carol.Sent).Message);

        _now += RoomStrangers.Limit - TimeSpan.FromMilliseconds(1);
        _carol.Replica.HandleTimeout(Time);
        Pump();
        Assert.DoesNotContain(_carol.Events, e => e is RoomEvent.VisitOver);
        _now += TimeSpan.FromMilliseconds(1);
        _carol.Replica.HandleTimeout(Time);
        Pump();
        Assert.Equal(session, Assert.Single(_carol.Events.OfType<RoomEvent.VisitOver>()).Session);
        Assert.Single(_carol.Sent);
    }

    [Fact]
    public void Who_has_left_and_told_nobody_tells_a_member_of_whom_it_had_never_heard()
    {
        MeetWithoutCarol();
        _carol.Replica!.Leave(Time);
        Pump();
        Assert.True(_carol.Replica is { State: RoomState.Left, IsMeeting: true, IsDeparted: false });
        Open(_carol, _dave);
        Pump();
        Assert.True(_carol.Replica is { IsMeeting: false, IsDeparted: true });
        Assert.DoesNotContain(_dave.Replica!.Members, log => log.Account == _carol.Account);
    }

    [Fact]
    public void The_word_of_a_stranger_that_it_holds_a_LEAVE_is_not_believed()
    {
        MeetWithoutCarol();
        var mallory = new Person(9);
        int session = Open(_carol, mallory);
        Assert.True(_carol.Replica!.HandleMessage(session, new SyncMessage.Hello(_carol.Replica.Room, Bytes32.Zero, []), Time));
        _carol.Replica.Leave(Time);
        LogHead end = _carol.Replica.Timeline.Find(_carol.Replica.OwnLog)!.Head;
        Assert.True(_carol.Replica.HandleMessage(session, new SyncMessage.Frontier(_carol.Replica.Room, [end]), Time));
        Pump();
        Assert.False(_carol.Replica.IsDeparted);
    }

    [Fact]
    public void Who_was_removed_is_no_stranger_and_hears_only_how_far_the_room_goes_for_it()
    {
        MeetWithoutCarol();
        Open(_alice, _carol);
        Pump();
        _alice.Replica!.RemoveMember(_dave.Account, Time);
        Pump();
        _carol.Sent.Clear();
        int session = Open(_carol, new Person(3));
        Assert.True(_carol.Replica!.HandleMessage(session, new SyncMessage.Hello(_carol.Replica.Room, Bytes32.Zero, []), Time));
        Pump();
        Assert.IsType<SyncMessage.Frontier>(Assert.Single(_carol.Sent).Message);
    }

    [Fact]
    public void Eight_strangers_are_heard_at_a_time()
    {
        MeetWithoutCarol();
        for (int i = 0; i < RoomStrangers.MaxCount + 1; i++)
        {
            int session = Open(_carol, new Person(100 + i));
            Assert.True(_carol.Replica!.HandleMessage(session, new SyncMessage.Hello(_carol.Replica.Room, Bytes32.Zero, []), Time));
        }

        Pump();
        Assert.Equal(RoomStrangers.MaxCount, _carol.Sent.Count);
    }

    private ReplicaTime Time => new(_now, (ulong)(s_epoch.ToUnixTimeMilliseconds() + (long)_now.SinceStart.TotalMilliseconds));

    /// <summary>Alice lets Carol in, then, while Carol is away, Dave, who writes something.</summary>
    private void MeetWithoutCarol()
    {
        _alice.Replica = RoomReplica.Create(_alice.Identity, "weekend", [], Logs.HistoryPolicy.None, Time, _alice.Random);
        foreach (Person newcomer in new[] { _carol, _dave })
        {
            int session = Open(_alice, newcomer);
            _alice.Replica.AddMember(session, newcomer.Account, (UInt128)session, null, Time);
            Pump();
            if (newcomer == _dave) _dave.Replica!.Send("hello", Time);
            Pump();
            Assert.True(newcomer.Replica is { IsReady: true });
            Close(session);
        }

        Assert.DoesNotContain(_carol.Replica!.Members, log => log.Account == _dave.Account);
        Assert.False(_dave.Replica!.IsKnownTo(_carol.Device));
        Assert.True(_dave.Replica.IsKnownTo(_alice.Device));
        _carol.Sent.Clear();
    }

    private int Open(Person a, Person b)
    {
        int session = ++_sessions;
        foreach ((Person own, Person peer) in new[] { (a, b), (b, a) })
        {
            own.Peers[session] = peer;
            own.Replica?.HandleSessionOpened(session, peer.Account, peer.Device, Time);
        }

        return session;
    }

    private void Close(int session)
    {
        foreach (Person person in new[] { _alice, _carol, _dave })
        {
            if (person.Peers.Remove(session)) person.Replica?.HandleSessionClosed(session, Time);
        }

        Pump();
    }

    /// <summary>Commits and delivers at once, until there is nothing left to say.</summary>
    private void Pump()
    {
        bool again;
        do
        {
            again = false;
            foreach (Person person in new[] { _alice, _carol, _dave })
            {
                if (person.Replica is null) continue;
                while (person.Replica.TryTakeCommit(out _)) person.Replica.HandleCommitted();
                while (person.Replica.TryTake(out RoomOutput output))
                {
                    if (output.Event is { } e)
                    {
                        person.Events.Add(e);
                        continue;
                    }

                    again = true;
                    person.Sent.Add((person.Replica.Members.Any(log => log.Account == _dave.Account), output.Message!));
                    if (person.Peers.TryGetValue(output.Session, out Person? peer)) Deliver(output.Session, person, peer, output.Message!);
                }
            }
        }
        while (again);
    }

    private void Deliver(int session, Person from, Person to, SyncMessage message)
    {
        if (message is SyncMessage.Joined joined && to.Replica is null)
        {
            to.Replica = RoomReplica.Join(joined.Room, to.Identity, joined.Title, joined.Addresses, from.Account, to.Random);
            to.Replica.HandleSessionOpened(session, from.Account, from.Device, Time);
        }
        else if (to.Replica is not null)
        {
            Assert.True(to.Replica.HandleMessage(session, message, Time), message.GetType().Name);
        }
    }

    private sealed class Person(int seed)
    {
        public SeededRandomSource Random { get; } = new(seed);

        public LocalIdentity Identity { get; } = LocalIdentity.Create(new SeededRandomSource(seed + 1000), s_epoch);

        public Bytes32 Account => Identity.AccountKey;

        public Bytes32 Device => Identity.Certificate.DeviceAgreement;

        public RoomReplica? Replica { get; set; }

        public Dictionary<int, Person> Peers { get; } = [];

        public List<RoomEvent> Events { get; } = [];

        public List<(bool WasKnown, SyncMessage Message)> Sent { get; } = [];
    }
}
