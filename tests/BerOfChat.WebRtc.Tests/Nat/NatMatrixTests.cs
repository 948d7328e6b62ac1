using System.Net;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>Two connections behind every pair of kinds of NAT (RFC 4787), with and without a relay.</summary>
public sealed class NatMatrixTests(ITestOutputHelper output)
{
    private const string Stun = "stun:198.51.100.1", Turn = "turn:198.51.100.1";
    [Fact]
    public void Whatever_NATs_there_are_a_relay_helps_where_nothing_else_does_and_only_there()
    {
        foreach (NatKind ofA in NatKind.All)
        {
            foreach (NatKind ofB in NatKind.All)
            {
                List<double> times = [];
                foreach (int seed in Seeds.Take(5, 50))
                {
                    NatWorld world = Connect(seed, ofA, ofB, Stun, Turn);
                    times.Add(world.OpenAfter.TotalMilliseconds);
                    world.Exchange();
                }

                output.WriteLine($"{ofA,-20} {ofB,-20} {(NeedsRelay(ofA, ofB) ? "relay" : "direct"),-7} {times.Order().ElementAt(times.Count / 2):0} ms");
            }
        }
    }

    [Fact]
    public void Without_a_relay_all_connect_but_those_who_need_one()
    {
        foreach (NatKind ofA in NatKind.All)
        {
            foreach (NatKind ofB in NatKind.All)
            {
                foreach (int seed in Seeds.Take(3, 30))
                {
                    if (!NeedsRelay(ofA, ofB))
                    {
                        Connect(seed, ofA, ofB, Stun).Exchange();
                        continue;
                    }

                    NatWorld world = Begin(seed, ofA, ofB, Stun);
                    if (!world.RunUntil(() => world.Ends.All(e => e.End is not null), TimeSpan.FromMinutes(2))) world.Fail("It does not end.");
                    Assert.All(world.Ends, e => Assert.Equal(WebRtcErrorCode.NoPath, e.End!.Value.Code));
                }
            }
        }
    }

    [Fact]
    public void Two_behind_the_same_NAT_meet_inside_whether_it_lets_them_meet_outside_or_not()
    {
        foreach (NatKind kind in NatKind.All)
        {
            foreach (bool hasHairpin in new[] { false, true })
            {
                foreach (int seed in Seeds.Take(3, 30))
                {
                    Site site = Behind(kind with { HasHairpin = hasHairpin }, "203.0.113.1");
                    NatWorld world = new(seed, Conditions(seed), site, site);
                    world.AddServer("198.51.100.1");
                    world.Negotiate(["192.168.1.10"], ["192.168.1.11"], Stun, Turn);
                    world.Connect(isRelayed: false);
                    Assert.Equal(IceCandidateType.Host, world.A.PathType);
                    world.Exchange();
                }
            }
        }
    }

    [Fact]
    public void Two_who_may_not_meet_inside_meet_at_a_NAT_with_hairpin_outside()
    {
        foreach (int seed in Seeds.Take(5, 50))
        {
            // Guests of one hotel: what is inside is hidden from each other.
            NatBox nat = new(NatKind.PortRestricted with { HasHairpin = true }, IPAddress.Parse("203.0.113.1"));
            NatWorld world = new(seed, Conditions(seed), new Site("a room", nat), new Site("another room", nat));
            world.AddServer("198.51.100.1");
            world.Negotiate(["192.168.1.10"], ["192.168.1.11"], Stun, Turn);
            world.Connect(isRelayed: false);
            world.Exchange();
        }
    }

    [Fact]
    public void A_path_that_carries_nothing_keeps_its_mappings_for_an_hour()
    {
        foreach (NatKind kind in NatKind.All)
        {
            NatWorld world = Connect(1, kind, NatKind.PortRestricted, Stun, Turn);
            world.RunUntil(() => world.Ends.Any(e => e.End is not null), TimeSpan.FromHours(1));
            Assert.Equal(NeedsRelay(kind, NatKind.PortRestricted), world.A.IsRelayed);
            world.Exchange();
        }
    }

    // Two of which neither can foresee where the other's packets will come from.
    private static bool NeedsRelay(NatKind a, NatKind b) =>
        (a == NatKind.Symmetric && (b == NatKind.Symmetric || b == NatKind.PortRestricted)) || (b == NatKind.Symmetric && a == NatKind.PortRestricted);

    private static Site Behind(NatKind kind, string outer) => new($"a {kind} NAT", new NatBox(kind, IPAddress.Parse(outer)));

    // A home's line, and a tenth of the packets lost in one run of three.
    private static LinkConditions Conditions(int seed) => new()
    {
        Delay = TimeSpan.FromMilliseconds(5 + (seed * 7 % 60)), Jitter = TimeSpan.FromMilliseconds(5), Loss = seed % 3 == 2 ? 0.1 : 0, Duplication = seed % 4 == 3 ? 0.1 : 0,
    };

    // The same address inside on both sides, as in most homes.
    private static NatWorld Begin(int seed, NatKind ofA, NatKind ofB, params string[] urls)
    {
        NatWorld world = new(seed, Conditions(seed), Behind(ofA, "203.0.113.1"), Behind(ofB, "203.0.113.2"));
        world.AddServer("198.51.100.1");
        world.Negotiate(["192.168.1.10"], ["192.168.1.10"], urls);
        return world;
    }

    private static NatWorld Connect(int seed, NatKind ofA, NatKind ofB, params string[] urls)
    {
        NatWorld world = Begin(seed, ofA, ofB, urls);
        world.Connect(NeedsRelay(ofA, ofB));
        return world;
    }
}
