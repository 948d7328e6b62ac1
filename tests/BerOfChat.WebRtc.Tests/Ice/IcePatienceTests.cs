using BerOfChat.Primitives;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Tests.Ice;

/// <summary>Descriptions that people carry: the offerer gets the answer minutes after the answerer has begun.</summary>
public sealed class IcePatienceTests
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_answer_that_takes_minutes_still_connects(bool isOfferersDoorClosed)
    {
        IceWorld world = NewWorld();
        if (isOfferersDoorClosed) world.IsBlocked = (from, _) => from == IceWorld.Address("192.0.2.2", 2000) && world.A.State == IceState.New;
        Answer(world);
        world.RunFor(TimeSpan.FromMinutes(8));
        Assert.NotEqual(IceState.Failed, world.B.State);
        Assert.True(world.B.AwaitsNomination);

        Accept(world);
        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, TimeSpan.FromSeconds(1)));
        Assert.False(world.B.AwaitsNomination);
    }

    [Fact]
    public void An_answerer_whose_checks_must_open_the_way_goes_on_checking()
    {
        IceWorld world = NewWorld();

        // The answerer's firewall lets in only what it has just sent something to, and the offerer's machine sleeps until it has the answer.
        MonotonicTime? lastSent = null;
        world.IsBlocked = (from, to) =>
        {
            if (from == IceWorld.Address("192.0.2.2", 2000)) lastSent = world.Now;
            else return lastSent is not { } sent || world.Now - sent > TimeSpan.FromSeconds(20);
            return world.A.State == IceState.New;
        };
        Answer(world);
        world.RunFor(TimeSpan.FromMinutes(8));
        Accept(world);
        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Patience_ends()
    {
        IceWorld world = NewWorld();
        world.IsBlocked = (_, _) => true;
        Answer(world);
        world.RunFor(s_lifetime - TimeSpan.FromSeconds(1));
        Assert.Equal(IceState.Checking, world.B.State);
        Assert.InRange(world.B.Counters.ChecksSent, 60, 600);
        world.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(IceState.Failed, world.B.State);
    }

    [Fact]
    public void Consent_counts_as_always_once_the_path_is_in_use()
    {
        IceWorld world = NewWorld();
        Answer(world);
        Accept(world);
        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, TimeSpan.FromSeconds(1)));
        world.IsBlocked = (_, _) => true;
        world.RunFor(TimeSpan.FromSeconds(34));
        Assert.Equal((IceState.Failed, IceState.Failed), (world.A.State, world.B.State));
    }

    private static IceWorld NewWorld()
    {
        IceWorld world = new(seed: 1, searchFor: s_lifetime);
        world.AddSocket(world.A, 0, "192.0.2.1", 1000);
        world.AddSocket(world.B, 0, "192.0.2.2", 2000);
        return world;
    }

    private static void Answer(IceWorld world)
    {
        world.B.SetRemoteCredentials(world.A.LocalCredentials, world.Now);
        foreach (string line in world.LinesOfA) Assert.True(world.B.TryAddRemoteCandidate(line, world.Now));
    }

    private static void Accept(IceWorld world)
    {
        world.A.SetRemoteCredentials(world.B.LocalCredentials, world.Now);
        foreach (string line in world.LinesOfB) Assert.True(world.A.TryAddRemoteCandidate(line, world.Now));
    }
}
