using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Dave was away when Alice removed him. Whoever meets him tells him so.</summary>
public sealed class RemovedWhileAwayTests
{
    private readonly ReplicaWorld _world = new(47);
    private readonly ReplicaHost _alice;
    private readonly ReplicaHost _bob;
    private readonly ReplicaHost _carol;
    private readonly ReplicaHost _dave;
    private readonly List<SyncMessage> _toldToDave = [];

    public RemovedWhileAwayTests()
    {
        _alice = _world.Add("Alice");
        _bob = _world.Add("Bob");
        _carol = _world.Add("Carol");
        _dave = _world.Add("Dave");
        _alice.Create("weekend", _world.Now);
        foreach (ReplicaHost guest in new[] { _bob, _carol, _dave })
        {
            _world.Invite(_alice, guest);
            Run(2);
        }

        _world.ConnectAll();
        Run(5);
        _world.CutAll(_dave);
    }

    [Theory]
    [InlineData("Alice")]
    [InlineData("Bob")]
    [InlineData("Carol")]
    public void Any_member_tells_who_was_removed_and_nothing_that_was_written_since(string name)
    {
        Say("before", _alice, _bob, _carol);
        Remove();
        Say("after", _alice, _bob, _carol);
        ReplicaHost teller = _world.Hosts.Single(host => host.Name == name);
        int before = teller.Replica!.RemovedDevices(teller.Time(_world.Now)).Count();
        Meet(teller);
        AssertTold();
        Assert.Single(_dave.Events.OfType<RoomEvent.Departed>());
        Assert.Equal(["before", "before", "before"], _dave.Texts);

        // He says that he knows, and is waited for no longer; also he knows it after a restart.
        Assert.Equal((1, 0), (before, teller.Replica.RemovedDevices(teller.Time(_world.Now)).Count()));
        _world.Crash(_dave);
        Assert.Equal((RoomState.Removed, true), (_dave.Replica!.State, _dave.Replica.IsDeparted));
    }

    [Fact]
    public void Who_was_removed_asks_for_everything_with_all_that_it_ever_had_and_gets_only_the_proof()
    {
        Say("before", _alice, _bob);
        Remove();
        Say("a secret", _alice, _bob, _carol);
        Meet(_bob);
        AssertTold();
        Bytes32 room = _bob.Room;
        int session = _world.Connect(_bob, _dave);
        RoomTimeline all = _bob.Replica!.Timeline;
        List<SyncMessage> questions = [new SyncMessage.Hello(room, default, []), new SyncMessage.Frontier(room, [.. all.Heads]), new SyncMessage.Ack(room, [.. all.Heads])];
        questions.AddRange(all.Epochs.Keys.Select(epoch => new SyncMessage.KeyWant(room, [epoch])));
        questions.AddRange(all.Logs.SelectMany(log => log.Entries.Select(entry =>
            new SyncMessage.Want(room, new LogHead(log.Id, entry.Header.Sequence, entry.Hash), uint.MaxValue))));
        questions.AddRange(all.Logs.Select(log => new SyncMessage.Want(room, new LogHead(log.Id, 0, default), uint.MaxValue)));
        _toldToDave.Clear();
        foreach (SyncMessage question in questions) _bob.Handle(session, SyncMessageCodec.Encode(question), _world.Now);
        Say("another secret", _alice, _bob, _carol);
        Run(60);
        Assert.Contains(_toldToDave, message => message is SyncMessage.Entries);
        AssertTold();
    }

    [Fact]
    public void Who_learnt_of_the_removal_only_later_in_long_runs_shows_it_without_what_came_after()
    {
        _world.CutAll(_bob);
        _world.CutAll(_carol);
        for (int i = 0; i < 40; i++) Say($"before {i}", _alice);
        Remove();
        for (int i = 0; i < 100; i++) Say($"after {i}", _alice);
        Assert.Equal(100, _alice.Texts.Count(text => text.StartsWith("after", StringComparison.Ordinal)));
        _world.Connect(_alice, _bob);
        Run(10);
        _world.CutAll(_bob);
        _world.Connect(_bob, _carol);
        Run(10);
        _world.CutAll(_carol);
        Assert.Equal(_alice.Replica!.Timeline.Digest, _carol.Replica!.Timeline.Digest);
        Meet(_carol);
        AssertTold();
        Assert.Equal(40, _dave.Texts.Count());
    }

    [Fact]
    public void A_long_past_comes_in_several_windows_and_sessions()
    {
        string page = new('x', LogLimits.MaxMessageSize - 8);
        for (int i = 0; i < 80; i++) Say(page, _alice);
        Remove();
        for (int i = 0; _dave.Replica!.State == RoomState.Joined; i++)
        {
            Assert.InRange(i, 0, 200);
            _world.Connect(_carol, _dave);
            _world.RunFor(TimeSpan.FromMilliseconds(100));
            _world.Cut(_carol, _dave);
        }

        Assert.Equal(80, _dave.Texts.Count());
    }

    [Fact]
    public void Whoever_has_no_proof_of_a_part_leaves_it_to_another_member()
    {
        // Alice knows ten messages of Carol when she removes Dave, of which Carol hears nothing and writes on. Bob takes all of Carol's in one run.
        _world.CutAll(_bob);
        for (int i = 0; i < 10; i++) Say($"{i}", _carol);
        _world.CutAll(_alice);
        Remove();
        for (int i = 10; i < 20; i++) Say($"{i}", _carol);
        _world.Connect(_bob, _carol);
        Run(5);
        _world.CutAll(_bob);
        _world.Connect(_alice, _bob);
        Run(5);
        Meet(_bob);
        Assert.Equal(RoomState.Joined, _dave.Replica!.State);
        Assert.Contains(_dave.Device, _bob.Replica!.RemovedDevices(_bob.Time(_world.Now)));
        Assert.All(_toldToDave, message => CausalPast.AssertSaysNothingBeyond(CausalPast.OfRemoval(_alice), message));
        Meet(_alice);
        AssertTold();
    }

    [Fact]
    public void Removed_devices_are_waited_for_thirty_days_and_only_the_last_eight()
    {
        for (int i = 0; i < RoomFarewells.MaxDevices + 2; i++)
        {
            ReplicaHost guest = _world.Add($"Guest {i}");
            _world.Invite(_alice, guest);
            Run(5);
            _world.CutAll(guest);
            _alice.Replica!.RemoveMember(guest.Identity.AccountKey, _alice.Time(_world.Now));
            Run(5);
        }

        ReplicaHost[] last = [.. _world.Hosts.TakeLast(RoomFarewells.MaxDevices)];
        Assert.Equal(last.Select(host => host.Device).Order(), Waited().Order());
        _world.RunFor(TimeSpan.FromDays(29));
        Assert.Equal(RoomFarewells.MaxDevices, Waited().Count());
        _world.RunFor(TimeSpan.FromDays(2));
        Assert.Empty(Waited());

        IEnumerable<Bytes32> Waited() => _bob.Replica!.RemovedDevices(_bob.Time(_world.Now));
    }

    [Fact]
    public void A_removal_dated_far_ahead_is_not_waited_for()
    {
        Remove();
        ReplicaTime now = _bob.Time(_world.Now);
        Assert.Single(_bob.Replica!.RemovedDevices(now));
        Assert.Single(_bob.Replica.RemovedDevices(now with { Wall = now.Wall - (ulong)TimeSpan.FromHours(23).TotalMilliseconds }));
        Assert.Empty(_bob.Replica.RemovedDevices(now with { Wall = now.Wall - (ulong)TimeSpan.FromHours(25).TotalMilliseconds }));
    }

    [Fact]
    public void A_session_with_a_removed_device_is_over_after_thirty_seconds()
    {
        Remove();
        _bob.Events.Clear();
        int session = _world.Connect(_bob, new ReplicaHost("Dave, silent", (47 * 16) + 4));
        _world.RunFor(RoomFarewells.Limit - TimeSpan.FromMilliseconds(1));
        Assert.DoesNotContain(_bob.Events, e => e is RoomEvent.VisitOver);
        Run(1);
        Assert.Equal(session, Assert.Single(_bob.Events.OfType<RoomEvent.VisitOver>()).Session);
    }

    [Fact]
    public void Who_was_removed_twice_is_told_of_the_earlier_removal_only()
    {
        _alice.Replica!.SetRole(_bob.Identity.AccountKey, RoomRole.Admin, _alice.Time(_world.Now));
        Run(5);
        Remove();
        Say("after", _alice, _bob, _carol);

        // No client writes a second one in knowledge of the first, but an admin can.
        _bob.Replica!.RemoveMember(_dave.Identity.AccountKey, _bob.Time(_world.Now));
        Run(5);
        LogEntry first = _alice.Replica.Timeline.Find(_alice.Replica.OwnLog)!.Entries.Single(entry => entry.Header.Type == EntryType.Remove);
        Meet(_carol);
        AssertTold(CausalPast.Of(_alice.Replica.Timeline, first));
    }

    [Fact]
    public void Whose_JOIN_has_reached_nobody_is_told_too()
    {
        ReplicaHost eve = _world.Add("Eve");
        int session = _world.Connect(_alice, eve);
        _world.Swallows = (at, message) => at == session && message is SyncMessage.Live;
        _world.Invite(_alice, eve);
        while (eve.Replica is not { IsJoined: true }) _world.RunFor(TimeSpan.FromMilliseconds(5));
        _world.CutAll(eve);
        _world.Swallows = null;
        _alice.Replica!.RemoveMember(eve.Identity.AccountKey, _alice.Time(_world.Now));
        Run(5);
        Assert.DoesNotContain(_bob.Replica!.Timeline.Logs, log => log.Account == eve.Identity.AccountKey);
        _world.Connect(_bob, eve);
        Run(5);
        Assert.Equal(RoomState.Removed, eve.Replica.State);
    }

    [Fact]
    public void Who_left_and_missed_the_acknowledgement_has_it_again_in_the_next_session()
    {
        int deaf = _world.Connect(_bob, _dave);
        _world.Swallows = (session, message) => session == deaf && message is SyncMessage.Ack;
        Run(5);
        _dave.Replica!.Leave(_dave.Time(_world.Now));
        Run(5);
        Assert.False(_dave.Replica.IsDeparted);
        _world.CutAll(_dave);
        Meet(_bob);
        Assert.True(_dave.Replica.IsDeparted);
        Assert.IsType<SyncMessage.Ack>(Assert.Single(_toldToDave));
    }

    private void Remove()
    {
        _alice.Replica!.RemoveMember(_dave.Identity.AccountKey, _alice.Time(_world.Now));
        Run(5);
    }

    private void Say(string text, params ReplicaHost[] hosts)
    {
        foreach (ReplicaHost host in hosts) host.Replica!.Send(text, host.Time(_world.Now));
        Run(1);
    }

    /// <summary>Dave comes back, and one of the others is there, alone.</summary>
    private void Meet(ReplicaHost teller)
    {
        foreach (ReplicaHost host in _world.Hosts) _world.CutAll(host);
        teller.Sending = (host, message) =>
        {
            ReplicaInvariants.CheckSent(host, message);
            _toldToDave.Add(message);
        };
        _world.Connect(teller, _dave);
        Run(10);
    }

    private void AssertTold(HashSet<Bytes32>? past = null)
    {
        past ??= CausalPast.OfRemoval(_alice);
        Assert.Equal(RoomState.Removed, _dave.Replica!.State);
        Assert.True(_dave.Replica.IsDeparted);
        Assert.NotEmpty(_toldToDave);
        Assert.All(_toldToDave, message => CausalPast.AssertSaysNothingBeyond(past, message));
        Assert.All(_dave.Replica.Timeline.Logs.SelectMany(log => log.Entries), entry => Assert.Contains(entry.Hash, past));
    }

    private void Run(int seconds) => _world.RunFor(TimeSpan.FromSeconds(seconds));
}
