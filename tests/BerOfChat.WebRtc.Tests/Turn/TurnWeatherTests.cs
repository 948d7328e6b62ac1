using BerOfChat.Simulation;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Tests.Turn;

/// <summary>Networks that lose, repeat and reorder, by seed.</summary>
public sealed class TurnWeatherTests
{
    private static readonly TransportAddress s_peer = TurnWorld.Address("192.0.2.200", 6000);

    [Fact]
    public void In_any_weather_a_relay_is_found_kept_for_hours_and_given_back()
    {
        int closed = 0, released = 0;
        foreach (int seed in Seeds.Take(200, 2000))
        {
            LinkConditions conditions = LinkConditions.Rough(seed, TimeSpan.FromMilliseconds(400));
            TurnServerModelOptions options = new()
            {
                NonceLifetime = TimeSpan.FromSeconds(30 + (seed % 600)),
                MaxLifetime = TimeSpan.FromSeconds(120 + (seed % 7 * 100)),
            };
            TurnWorld world = new(options, conditions, seed);
            TurnWorldClient a = world.Allocate(1), b = world.Allocate(2);
            TransportAddress atA = a.Core.RelayedAddress!.Value, atB = b.Core.RelayedAddress!.Value;
            a.Core.Bind(atB, world.Now);
            b.Core.Permit(atA, world.Now);
            b.Core.Permit(s_peer, world.Now);
            for (int minute = 0; minute < 120; minute++)
            {
                world.RunFor(TimeSpan.FromMinutes(1));
                string where = $"seed {seed}, minute {minute}: {a.Core.State} {a.Core.Failure} {b.Core.State} {b.Core.Failure}";
                Assert.True(a.Core.State == TurnState.Allocated && b.Core.State == TurnState.Allocated, where);
                Assert.True(world.Send(a, atB, [1, (byte)minute]) && world.Send(b, atA, [2, (byte)minute]), where);
            }

            world.RunFor(TimeSpan.FromSeconds(10));

            // Each datagram passes three lossy links; what the server itself drops had no permission there.
            double expected = 120 * Math.Pow(1 - conditions.Loss, 3);
            Assert.True(a.Received.Count > expected / 2 && b.Received.Count > expected / 2, $"seed {seed}: {a.Received.Count} and {b.Received.Count} of {expected} datagrams.");
            Assert.True(world.Server.Dropped <= 2, $"seed {seed}: {world.Server.Dropped} datagrams had no permission.");
            Assert.Equal(4, a.Core.GetOverhead(atB));

            a.Core.Close(world.Now);
            b.Core.Close(world.Now);
            world.RunFor(TimeSpan.FromMinutes(1));
            Assert.Equal((TurnState.Closed, TurnState.Closed), (a.Core.State, b.Core.State));
            closed += 2;
            released += world.Server.Released;
        }

        // Seven losses in a row leave an allocation to its end.
        Assert.True(closed - released <= 1 + (closed / 50), $"{released} of {closed} allocations were given back.");
    }

    [Fact]
    public void The_same_seed_tells_the_same_story()
    {
        string first = Tell(7), second = Tell(7), other = Tell(8);
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    private static string Tell(int seed)
    {
        List<string> story = [];
        TurnWorld world = new(conditions: LinkConditions.Rough(seed, TimeSpan.FromMilliseconds(200)), seed: seed);
        world.Loses = (from, to, packet) =>
        {
            story.Add($"{world.Now} {from} {to} {Convert.ToHexString(packet)}");
            return false;
        };
        world.Allocate().Core.Bind(s_peer, world.Now);
        world.RunFor(TimeSpan.FromMinutes(20));
        return string.Join('\n', story);
    }
}
