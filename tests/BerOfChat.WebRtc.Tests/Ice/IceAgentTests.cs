using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Ice.Gathering;

namespace BerOfChat.WebRtc.Tests.Ice;

public sealed class IceAgentTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2")]
    [InlineData("2001:db8::1", "2001:db8::2")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    public void Two_agents_connect_and_agree_on_the_pair(string a, string b)
    {
        IceWorld world = new(seed: 1);
        world.AddSocket(world.A, 0, a, 1000);
        world.AddSocket(world.B, 0, b, 2000);
        world.Introduce();

        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, TimeSpan.FromSeconds(1)));
        AssertAgreement(world);
    }

    [Fact]
    public void A_relay_that_was_started_anew_and_gives_the_same_address_is_another_candidate()
    {
        IceAgent agent = new(new IceAgentOptions { IsControlling = true }, new SeededRandomSource(1));
        TransportAddress relayed = IceWorld.Address("198.51.100.1", 5000), server = IceWorld.Address("198.51.100.1", 3478);
        Assert.True(IceServerUrl.TryParse("turn:198.51.100.1", out IceServerUrl url, out _));
        foreach (int relayId in new[] { 1000, 1001, 1001 }) agent.AddRelayCandidate(relayId, relayed, null, server, url, default);
        Assert.Equal([1000, 1001], agent.Checklist.Locals.Select(l => l.SocketId));
    }

    [Fact]
    public void The_best_of_several_pairs_is_nominated_and_families_never_mix()
    {
        IceWorld world = new(seed: 2);
        world.AddSocket(world.A, 0, "2001:db8::1", 1000);
        world.AddSocket(world.A, 1, "192.0.2.1", 1001);
        world.AddSocket(world.B, 0, "192.0.2.2", 2000);
        world.AddSocket(world.B, 1, "2001:db8::2", 2001);
        world.Introduce();

        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, s_patience));
        AssertAgreement(world);
        Assert.Equal(world.A.SelectedPair!.Local.Address.IsIPv6, world.A.SelectedPair.Remote.Address.IsIPv6);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_role_conflict_is_solved(bool bothControl, bool noneControls)
    {
        foreach (int seed in Seeds.Take(20))
        {
            IceWorld world = new(seed, bothControl: bothControl, noneControls: noneControls);
            world.AddSocket(world.A, 0, "192.0.2.1", 1000);
            world.AddSocket(world.B, 0, "192.0.2.2", 2000);
            world.Introduce();

            Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, s_patience), $"seed {seed}");
            Assert.NotEqual(world.A.IsControlling, world.B.IsControlling);
        }
    }

    [Fact]
    public void A_translated_address_that_nobody_signalled_is_learnt()
    {
        IceWorld world = new(seed: 3);
        world.AddSocket(world.A, 0, "192.0.2.1", 1000);
        world.AddSocket(world.B, 0, "10.0.0.2", 2000, seenAs: "203.0.113.9");
        world.Introduce(tellCandidatesOfB: false);

        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, s_patience));
        Assert.Equal(IceCandidateType.PeerReflexive, world.A.SelectedPair!.Remote.Type);
        Assert.Equal(IceCandidateType.PeerReflexive, world.B.SelectedPair!.LocalType);
        Assert.Equal(IceWorld.Address("203.0.113.9", 2000), world.A.SelectedPair.Remote.Address);
    }

    [Fact]
    public void Any_network_with_a_fifth_lost_connects_from_every_seed()
    {
        foreach (int seed in Seeds.Take(60))
        {
            IceWorld world = new(seed, new LinkConditions { Loss = 0.2, Duplication = 0.1, Delay = TimeSpan.FromMilliseconds(50), Jitter = TimeSpan.FromMilliseconds(100) });
            world.AddSocket(world.A, 0, "192.0.2.1", 1000);
            world.AddSocket(world.A, 1, "2001:db8::1", 1000);
            world.AddSocket(world.B, 0, "192.0.2.2", 2000);
            world.AddSocket(world.B, 1, "2001:db8::2", 2000);
            world.Introduce();

            Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, s_patience), $"seed {seed}");
            world.RunFor(TimeSpan.FromSeconds(10));

            // So much loss may silence a path for seconds. Then a new one is nominated, and the controlled side follows when it has proven it too.
            Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed } && Agree(world), s_patience), $"seed {seed}, later");
            AssertAgreement(world, $"seed {seed}");
        }
    }

    [Fact]
    public void Checks_that_arrive_before_the_description_are_answered_and_used_later()
    {
        IceWorld world = new(seed: 4);
        world.AddSocket(world.A, 0, "192.0.2.1", 1000);
        world.AddSocket(world.B, 0, "192.0.2.2", 2000);
        world.A.SetRemoteCredentials(world.B.LocalCredentials, world.Now);
        world.A.TryAddRemoteCandidate(world.LinesOfB[0], world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(IceState.New, world.B.State);

        world.B.SetRemoteCredentials(world.A.LocalCredentials, world.Now);
        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, s_patience));
    }

    [Fact]
    public void Candidates_that_come_late_connect_and_the_wait_for_them_is_no_failure()
    {
        IceWorld world = new(seed: 11);
        world.AddSocket(world.A, 0, "192.0.2.1", 1000);
        world.AddSocket(world.B, 0, "192.0.2.2", 2000);
        world.A.SetRemoteCredentials(world.B.LocalCredentials, world.Now);
        world.B.SetRemoteCredentials(world.A.LocalCredentials, world.Now);
        world.RunFor(TimeSpan.FromSeconds(25));

        // The path opens later than a failure that counted from the start would come.
        world.IsBlocked = (_, _) => true;
        world.A.TryAddRemoteCandidate(world.LinesOfB[0], world.Now);
        world.B.TryAddRemoteCandidate(world.LinesOfA[0], world.Now);
        world.RunFor(TimeSpan.FromSeconds(7));
        world.IsBlocked = null;
        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, TimeSpan.FromSeconds(10)), $"{world.A.State} {world.B.State}");
    }

    [Fact]
    public void A_link_local_address_of_IPv6_is_never_offered_nor_checked()
    {
        IceAgent agent = new(new IceAgentOptions { IsControlling = true }, new SeededRandomSource(12));
        agent.AddLocalHostCandidate(0, IceWorld.Address("fe80::1", 1000), MonotonicTime.Zero);
        Assert.False(agent.TryReadEvent(out _));
        Assert.True(agent.TryAddRemoteCandidate("candidate:1 1 udp 2130706431 fe80::2 5000 typ host", MonotonicTime.Zero));
        Assert.Equal(2, agent.Counters.CandidatesNotUsable);
    }

    [Fact]
    public void Damaged_candidate_lines_never_throw()
    {
        const string Valid = "candidate:842163049 1 udp 1677729535 192.0.2.9 5000 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag abcd";
        IceAgent agent = new(new IceAgentOptions { IsControlling = true }, new SeededRandomSource(13));
        Random random = new(13);
        for (int length = 0; length < Valid.Length; length++) agent.TryAddRemoteCandidate(Valid[..length], MonotonicTime.Zero);
        for (int i = 0; i < 10_000; i++)
        {
            char[] text = Valid.ToCharArray();
            for (int k = 0; k < 3; k++) text[random.Next(text.Length)] = (char)random.Next(1, 300);
            agent.TryAddRemoteCandidate(new string(text), MonotonicTime.Zero);
        }
    }

    [Fact]
    public void A_wrong_password_never_connects_and_validates_no_source()
    {
        IceWorld world = new(seed: 5);
        world.AddSocket(world.A, 0, "192.0.2.1", 1000);
        world.AddSocket(world.B, 0, "192.0.2.2", 2000);
        world.A.SetRemoteCredentials(world.B.LocalCredentials with { Password = new string('x', 24) }, world.Now);
        world.B.SetRemoteCredentials(world.A.LocalCredentials, world.Now);
        world.A.TryAddRemoteCandidate(world.LinesOfB[0], world.Now);
        world.RunFor(TimeSpan.FromSeconds(40));

        Assert.Equal(IceState.Failed, world.A.State);
        Assert.False(world.B.IsValidatedSource(0, IceWorld.Address("192.0.2.1", 1000)));
        Assert.True(world.B.Counters.Unauthenticated > 0);
        Assert.Null(world.A.NextTimeout);
    }

    [Fact]
    public void Silence_disconnects_then_fails_and_an_answer_in_between_connects_again()
    {
        IceWorld world = new(seed: 6);
        world.AddSocket(world.A, 0, "192.0.2.1", 1000);
        world.AddSocket(world.B, 0, "192.0.2.2", 2000);
        world.Introduce();
        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, s_patience));

        world.IsBlocked = (_, _) => true;
        Assert.True(world.RunUntil(() => world.A.State == IceState.Disconnected, TimeSpan.FromSeconds(12)));
        world.IsBlocked = null;
        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, TimeSpan.FromSeconds(5)), $"{world.A.State} {world.B.State}");

        world.IsBlocked = (_, _) => true;
        Assert.True(world.RunUntil(() => world is { A.State: IceState.Failed, B.State: IceState.Failed }, TimeSpan.FromSeconds(40)));
        Assert.Null(world.A.SelectedRoute);
    }

    [Fact]
    public void A_path_that_dies_is_replaced_by_another_one()
    {
        IceWorld world = new(seed: 7);
        world.AddSocket(world.A, 0, "2001:db8::1", 1000);
        world.AddSocket(world.A, 1, "192.0.2.1", 1000);
        world.AddSocket(world.B, 0, "2001:db8::2", 2000);
        world.AddSocket(world.B, 1, "192.0.2.2", 2000);
        world.Introduce();
        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, s_patience));
        bool first = world.A.SelectedPair!.Local.Address.IsIPv6;

        world.IsBlocked = (from, _) => from.IsIPv6 == first;
        Assert.True(world.RunUntil(() => world.A.SelectedPair.Local.Address.IsIPv6 != first && world.A.State == IceState.Completed, TimeSpan.FromSeconds(20)));
        Assert.True(world.RunUntil(() => world.B.SelectedPair!.Local.Address.IsIPv6 != first && world.B.State == IceState.Completed, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void A_peer_whose_other_path_has_got_a_new_address_meanwhile_shows_it_and_is_found_again()
    {
        IceWorld world = new(seed: 12);
        world.AddSocket(world.A, 0, "2001:db8::1", 1000);
        world.AddSocket(world.A, 1, "192.0.2.1", 1000);
        world.AddSocket(world.B, 0, "2001:db8::2", 2000);
        world.AddSocket(world.B, 1, "10.0.0.2", 2000, seenAs: "203.0.113.9");
        world.Introduce();
        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, s_patience));
        Assert.True(world.A.SelectedPair!.Local.Address.IsIPv6);

        // So long that every check of the first round is given up: nobody would send anything over the other path again.
        world.IsBlocked = (_, _) => true;
        world.RunFor(TimeSpan.FromSeconds(21));
        Assert.Equal((IceState.Disconnected, IceState.Disconnected), (world.A.State, world.B.State));
        world.Rebind("10.0.0.2", 2000, seenAs: "203.0.113.10");
        world.IsBlocked = (from, _) => from.IsIPv6;
        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, TimeSpan.FromSeconds(9)), $"{world.A.State} {world.B.State}");
        Assert.Equal(IceWorld.Address("203.0.113.10", 2000), world.A.SelectedPair.Remote.Address);
    }

    [Fact]
    public void A_flood_of_candidates_is_bounded()
    {
        IceAgent agent = new(new IceAgentOptions { IsControlling = true }, new SeededRandomSource(8));
        agent.AddLocalHostCandidate(0, IceWorld.Address("192.0.2.1", 1000), MonotonicTime.Zero);
        for (int port = 1; port <= 1000; port++) Assert.True(agent.TryAddRemoteCandidate($"candidate:1 1 udp 2130706431 192.0.2.9 {port} typ host", MonotonicTime.Zero));
        Assert.Equal(900, agent.Counters.CandidatesRefused);
    }

    [Theory]
    [InlineData("candidate:1 1 udp 2130706431 192.0.2.9 5000 typ host", true)]
    [InlineData("a=candidate:842163049 1 UDP 1677729535 192.0.2.9 5000 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag abcd network-cost 999", true)]
    [InlineData("candidate:1 1 udp 2130706431 2001:db8::9 5000 typ host", true)]
    [InlineData("candidate:1 1 tcp 1518280447 192.0.2.9 9 typ host tcptype active", true)]
    [InlineData("candidate:1 1 udp 2113937151 4f1b5b2e-0c2c-4a32-9d0b-6f1e34c3a9aa.local 51234 typ host", true)]
    [InlineData("candidate:1 1 udp 2130706431 192.0.2.9 70000 typ host", false)]
    [InlineData("candidate:1 1 udp x 192.0.2.9 5000 typ host", false)]
    [InlineData("candidate:1 1 udp 2130706431 host.example 5000 typ host", false)]
    [InlineData("candidate:", false)]
    [InlineData("", false)]
    public void Candidate_lines_of_every_stack_are_read(string line, bool isCandidate)
    {
        IceAgent agent = new(new IceAgentOptions { IsControlling = true }, new SeededRandomSource(9));
        Assert.Equal(isCandidate, agent.TryAddRemoteCandidate(line, MonotonicTime.Zero));
    }

    [Fact]
    public void Random_datagrams_change_nothing()
    {
        IceWorld world = new(seed: 10);
        world.AddSocket(world.A, 0, "192.0.2.1", 1000);
        world.AddSocket(world.B, 0, "192.0.2.2", 2000);
        world.Introduce();
        Random random = new(10);
        for (int i = 0; i < 5000; i++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Assert.False(world.A.HandlePacket(0, IceWorld.Address("198.51.100.1", 7), bytes, world.Now));
        }

        Assert.True(world.RunUntil(() => world is { A.State: IceState.Completed, B.State: IceState.Completed }, s_patience));
    }

    private static bool Agree(IceWorld world) =>
        world.A.SelectedPair!.Local.Address == world.B.SelectedPair!.Remote.Address && world.A.SelectedPair.Remote.Address == world.B.SelectedPair.Local.Address;

    private static void AssertAgreement(IceWorld world, string hint = "")
    {
        Assert.Equal(world.A.SelectedPair!.Local.Address, world.B.SelectedPair!.Remote.Address);
        Assert.Equal(world.A.SelectedPair.Remote.Address, world.B.SelectedPair.Local.Address);
        Assert.True(world.A.SelectedPair.IsNominated && world.B.SelectedPair.IsNominated);
        Assert.True(world.A.IsValidatedSource(world.A.SelectedPair.Local.SocketId, world.A.SelectedPair.Remote.Address), $"A sends to what it has not validated; {hint}");
    }
}
