using System.Net;
using BerOfChat.Simulation;

namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>Two connections of which one is in a network that forbids or lacks something.</summary>
public sealed class BrokenNetworkTests
{
    private const string Stun = "stun:198.51.100.1", Turn = "turn:198.51.100.1", TurnByTcp = "turn:198.51.100.2:443?transport=tcp", TurnByTls = "turns:198.51.100.3:443?transport=tcp";
    private const int Https = 443;

    [Fact]
    public void Without_UDP_a_relay_by_TCP_connects_whatever_else_fails()
    {
        foreach (int seed in Seeds.Take(5, 50))
        {
            Site closed = Home("203.0.113.1");
            closed.AllowsUdp = (_, _) => false;
            NatWorld world = Create(seed, closed, Home("203.0.113.2"));
            world.Negotiate(["10.0.0.2"], ["192.168.1.10"], Stun, Turn, TurnByTcp);
            Connect(world, isRelayed: true);
        }
    }

    [Fact]
    public void Where_only_port_443_of_TCP_is_open_on_both_sides_a_relay_there_connects()
    {
        foreach (string url in new[] { TurnByTcp, TurnByTls })
        {
            foreach (int seed in Seeds.Take(3, 30))
            {
                NatWorld world = Create(seed, Office("203.0.113.1"), Office("203.0.113.2"));
                world.Negotiate(["10.0.0.2"], ["10.0.0.2"], Stun, Turn, "turn:198.51.100.2?transport=tcp", url);
                Connect(world, isRelayed: true);
            }
        }
    }

    [Fact]
    public void Where_nothing_is_open_both_are_told_that_no_server_has_given_an_address()
    {
        Site a = Home("203.0.113.1"), b = Home("203.0.113.2");
        foreach (Site site in new[] { a, b })
        {
            site.AllowsUdp = (_, _) => false;
            site.AllowsTcp = _ => false;
        }

        NatWorld world = Create(1, a, b);
        world.Negotiate(["10.0.0.2"], ["10.0.0.2"], Stun, Turn, TurnByTcp);
        Assert.True(world.RunUntil(() => world.Ends.All(e => e.End is not null), TimeSpan.FromMinutes(2)));
        Assert.All(world.Ends, e => Assert.Equal(WebRtcErrorCode.NoPath, e.End!.Value.Code));
        Assert.All(world.Ends, e => Assert.Contains("No TURN server has given an address", e.End!.Value.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Two_that_have_only_IPv6_connect_directly()
    {
        foreach (int seed in Seeds.Take(3, 30))
        {
            NatWorld world = Create(seed, new Site("IPv6"), new Site("IPv6 elsewhere"));
            world.Negotiate(["2001:db8::1"], ["2001:db8:1::1"], Stun, Turn);
            Connect(world, isRelayed: false);
        }
    }

    [Fact]
    public void Of_two_families_the_one_that_works_connects()
    {
        foreach (bool isIPv6Broken in new[] { false, true })
        {
            foreach (int seed in Seeds.Take(3, 30))
            {
                Site half = new("half of it broken") { AllowsUdp = (_, to) => to.IsIPv6 != isIPv6Broken };
                NatWorld world = Create(seed, half, new Site("both"));
                world.Negotiate(["203.0.113.1", "2001:db8::1"], ["203.0.113.2", "2001:db8:1::1"], Stun);
                Connect(world, isRelayed: false);
                Assert.Equal(!isIPv6Broken, world.A.Core.SelectedPair!.Remote.Address.IsIPv6);
            }
        }
    }

    [Fact]
    public void Of_three_interfaces_the_one_that_leads_somewhere_connects()
    {
        string[] interfaces = ["10.8.0.2", "172.17.0.1", "192.168.1.10"];
        foreach (string good in interfaces)
        {
            foreach (int seed in Seeds.Take(2, 20))
            {
                var works = IPAddress.Parse(good);
                Site site = Home("203.0.113.1");
                site.AllowsUdp = (from, _) => from.ToIPAddress().Equals(works);
                NatWorld world = Create(seed, site, Home("203.0.113.2"));
                world.Negotiate(interfaces, ["192.168.1.10"], Stun, Turn);
                Connect(world, isRelayed: false);
                Assert.Equal(works, world.A.Core.SelectedPair!.Local.Address.ToIPAddress());
            }
        }
    }

    [Fact]
    public void Who_is_behind_a_closed_network_reaches_who_is_public_by_the_relay_of_either()
    {
        foreach (int seed in Seeds.Take(3, 30))
        {
            NatWorld world = Create(seed, Office("203.0.113.1"), new Site("public"));
            world.Negotiate(["10.0.0.2"], ["203.0.113.9"], TurnByTls);
            Connect(world, isRelayed: true);
        }
    }

    private static NatWorld Create(int seed, Site a, Site b)
    {
        NatWorld world = new(seed, new LinkConditions { Delay = TimeSpan.FromMilliseconds(20), Jitter = TimeSpan.FromMilliseconds(5), Loss = seed % 3 == 2 ? 0.1 : 0 }, a, b);
        world.AddServer("198.51.100.1");
        world.AddServer("198.51.100.2", Https, isStream: true);
        world.AddServer("198.51.100.3", Https, isStream: true);
        return world;
    }

    private static Site Home(string outer) => new("a home", new NatBox(NatKind.PortRestricted, IPAddress.Parse(outer)));

    private static Site Office(string outer)
    {
        Site site = new("an office", new NatBox(NatKind.Symmetric, IPAddress.Parse(outer))) { AllowsUdp = (_, _) => false, AllowsTcp = to => to.Port == Https };
        return site;
    }

    private static void Connect(NatWorld world, bool isRelayed)
    {
        world.Connect(isRelayed);
        world.Exchange();
    }
}
