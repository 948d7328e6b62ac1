using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Who leaves while nobody is there, or without hearing that it was heard.</summary>
public sealed class LeavingAloneTests
{
    private readonly ReplicaWorld _world = new(31);
    private readonly ReplicaHost _alice;
    private readonly ReplicaHost _bob;
    private readonly ReplicaHost _carol;

    public LeavingAloneTests()
    {
        _alice = _world.Add("Alice");
        _bob = _world.Add("Bob");
        _carol = _world.Add("Carol");
        _alice.Create("weekend", _world.Now);
        foreach (ReplicaHost guest in new[] { _bob, _carol })
        {
            _world.Invite(_alice, guest);
            Run(2);
        }

        _world.ConnectAll();
        Run(5);
        foreach (ReplicaHost host in _world.Hosts) _world.CutAll(host);
        Assert.All(_world.Hosts, host => Assert.Equal(3, host.Replica!.Members.Count()));
    }

    [Fact]
    public void Who_leaves_alone_waits_also_across_restarts_until_somebody_holds_the_LEAVE()
    {
        Leave();
        Assert.False(_carol.Replica!.IsDeparted);
        for (int i = 0; i < 3; i++)
        {
            _world.Crash(_carol);
            Run(60);
            Assert.Equal(RoomState.Left, _carol.Replica.State);
            Assert.False(_carol.Replica.IsDeparted);
            Assert.Equal(2, _carol.Replica.Members.Count());
        }

        _world.Connect(_bob, _carol);
        Run(5);
        Assert.DoesNotContain(_bob.Replica!.Members, log => log.Account == _carol.Identity.AccountKey);
        Assert.True(_carol.Replica.IsDeparted);
        Assert.Contains(_carol.Events, e => e is RoomEvent.Departed);

        // And Alice has it from Bob.
        _world.Connect(_alice, _bob);
        Run(5);
        Assert.Equal(2, _alice.Replica!.Members.Count());
        _world.Crash(_carol);
        Assert.True(_carol.Replica.IsDeparted);
    }

    [Fact]
    public void Who_never_hears_that_its_LEAVE_has_arrived_tells_the_next_one()
    {
        int deaf = _world.Connect(_bob, _carol);
        _world.Swallows = (session, message) => session == deaf && message is SyncMessage.Ack;
        Run(1);
        Leave();
        Run(5);
        Assert.DoesNotContain(_bob.Replica!.Members, log => log.Account == _carol.Identity.AccountKey);
        Assert.False(_carol.Replica!.IsDeparted);
        _world.Crash(_carol);
        _world.Connect(_alice, _carol);
        Run(5);
        Assert.True(_carol.Replica.IsDeparted);
    }

    [Fact]
    public void Nobody_goes_on_for_longer_than_thirty_days()
    {
        Leave();
        _world.RunFor(TimeSpan.FromDays(29));
        Assert.False(_carol.Replica!.IsDeparted);
        _world.RunFor(TimeSpan.FromDays(2));
        Assert.True(_carol.Replica.IsDeparted);
        Assert.Single(_carol.Events.OfType<RoomEvent.Departed>());
    }

    [Fact]
    public void Whose_profile_stayed_closed_for_longer_is_out_when_it_opens_again()
    {
        Leave();
        _world.CutAll(_carol);
        RoomReplica gone = _carol.Replica!;
        _carol.Replica = null;
        _world.RunFor(TimeSpan.FromDays(31));
        _carol.Replica = gone;
        _world.Crash(_carol);
        Run(1);
        Assert.True(_carol.Replica.IsDeparted);
    }

    private void Leave()
    {
        _carol.Replica!.Leave(_carol.Time(_world.Now));
        Run(2);
        Assert.Equal(RoomState.Left, _carol.Replica.State);
    }

    private void Run(int seconds) => _world.RunFor(TimeSpan.FromSeconds(seconds));
}
