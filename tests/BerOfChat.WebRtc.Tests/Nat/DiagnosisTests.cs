using static BerOfChat.WebRtc.Tests.Nat.DiagnosisLaboratory;

namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>Every cause that a connection can name, made by a network in which it is so.</summary>
public sealed class DiagnosisTests
{
    [Fact]
    public void A_direct_connection_is_one_and_the_kind_of_the_NATs_is_known_when_two_servers_have_answered()
    {
        NatWorld world = Create(NatKind.PortRestricted, NatKind.PortRestricted);
        Negotiate(world, FirstStun, SecondStun);
        world.Connect(isRelayed: false);
        ConnectionExplanation explanation = Expect(world.A, ConnectionDiagnosis.ConnectedDirectly);
        Assert.True(explanation.HasEndpointIndependentMapping);
        Assert.Equal(PeerConnectionState.Connected, explanation.State);
        Assert.All(explanation.Servers, static s => Assert.True(s is { Served: true, Error: null, RoundTripTime: not null }));
        Assert.Contains(explanation.CandidatePairs, static p => p is { IsSelected: true, State: IceCandidatePairState.Succeeded, Error: null });
        Assert.Equal(["host", "srflx"], explanation.LocalCandidateTypes);
        Assert.Equal("", explanation.Cure);
    }

    [Fact]
    public void A_relayed_connection_is_one_and_a_symmetric_NAT_is_seen()
    {
        NatWorld world = Create(NatKind.Symmetric, NatKind.Symmetric);
        Negotiate(world, FirstStun, SecondStun, FirstTurn);
        world.Connect(isRelayed: true);
        Assert.False(Expect(world.A, ConnectionDiagnosis.ConnectedByRelay).HasEndpointIndependentMapping);
    }

    [Fact]
    public void One_server_alone_cannot_tell_the_kind_of_a_NAT_but_the_peer_can()
    {
        NatWorld world = Create(NatKind.Symmetric, NatKind.FullCone);
        Negotiate(world, FirstStun);
        world.RunUntil(() => world.A.Core.Ice!.Checklist.Locals.Count == 2, Patience);
        Assert.Null(world.A.Core.Explain().HasEndpointIndependentMapping);
        Assert.Contains("only one server", world.A.Core.Explain().LocalNat, StringComparison.Ordinal);
        world.Connect(isRelayed: false);
        Assert.False(world.A.Core.Explain().HasEndpointIndependentMapping);
        Assert.Contains("symmetric", world.B.Core.Explain().RemoteNat, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_NAT_none_is_named()
    {
        NatWorld world = new(1, Conditions, new Site("public"), new Site("public too"));
        world.AddServer("198.51.100.1");
        world.Negotiate(["203.0.113.1"], ["203.0.113.2"], FirstStun);
        world.Connect(isRelayed: false);
        Assert.StartsWith("No NAT", Expect(world.A, ConnectionDiagnosis.ConnectedDirectly).LocalNat, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_homes_without_any_server_are_told_that_none_is_configured_while_they_try_and_when_it_is_over()
    {
        NatWorld world = Create(NatKind.FullCone, NatKind.FullCone);
        Negotiate(world);
        world.RunUntil(static () => false, TimeSpan.FromSeconds(1));
        Expect(world.A, ConnectionDiagnosis.InProgress);
        world.RunUntil(static () => false, TimeSpan.FromSeconds(9));
        Expect(world.A, ConnectionDiagnosis.NoServersConfigured);
        ExpectEnd(world, ConnectionDiagnosis.NoServersConfigured, ConnectionDiagnosis.NoServersConfigured);
        Assert.Contains("checks was answered", Assert.Single(world.A.Core.Explain().CandidatePairs).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_UDP_is_blocked_STUN_servers_are_unreachable_for_that_side_only()
    {
        NatWorld world = Create(NatKind.PortRestricted, NatKind.PortRestricted);
        world.A.Site.AllowsUdp = static (_, _) => false;
        Negotiate(world, FirstStun, SecondStun);
        world.RunUntil(static () => false, TimeSpan.FromSeconds(10));
        Expect(world.A, ConnectionDiagnosis.StunUnreachable);
        ExpectEnd(world, ConnectionDiagnosis.StunUnreachable, ConnectionDiagnosis.PeerUnreachable);
        Assert.All(world.A.Core.Explain().Servers, static s => Assert.False(s.Served));
    }

    [Fact]
    public void A_STUN_server_that_is_down_is_unreachable()
    {
        NatWorld world = Create(NatKind.PortRestricted, NatKind.PortRestricted);
        Negotiate(world, DeadStun);
        ExpectEnd(world, ConnectionDiagnosis.StunUnreachable, ConnectionDiagnosis.StunUnreachable);
    }

    [Fact]
    public void Two_behind_symmetric_NATs_need_a_relay()
    {
        NatWorld world = Create(NatKind.Symmetric, NatKind.Symmetric);
        Negotiate(world, FirstStun, SecondStun);
        ExpectEnd(world, ConnectionDiagnosis.RelayNeeded, ConnectionDiagnosis.RelayNeeded);
        Assert.All(world.Ends, static e => Assert.False(e.Core.Explain().HasEndpointIndependentMapping));
    }

    [Fact]
    public void A_TURN_server_with_another_password_refuses_credentials()
    {
        NatWorld world = Create(NatKind.Symmetric, NatKind.Symmetric, static o => o with { FindPassword = static (_, _) => "another" });
        Negotiate(world, FirstStun, FirstTurn);
        ExpectEnd(world, ConnectionDiagnosis.RelayCredentialsRefused, ConnectionDiagnosis.RelayCredentialsRefused);
        Assert.Contains(world.A.Core.Explain().Servers, static s => s is { IsTurn: true, Served: false } && s.Error!.Contains("401", StringComparison.Ordinal));
    }

    [Fact]
    public void A_TURN_server_without_ports_refuses()
    {
        NatWorld world = Create(NatKind.Symmetric, NatKind.Symmetric, static o => o with { Capacity = 0 });
        Negotiate(world, FirstStun, FirstTurn);
        ExpectEnd(world, ConnectionDiagnosis.RelayRefused, ConnectionDiagnosis.RelayRefused);
    }

    [Fact]
    public void A_TURN_server_that_is_down_while_STUN_answers_is_unreachable()
    {
        NatWorld world = Create(NatKind.Symmetric, NatKind.Symmetric);
        Negotiate(world, FirstStun, DeadTurn);
        ExpectEnd(world, ConnectionDiagnosis.RelayUnreachable, ConnectionDiagnosis.RelayUnreachable);
    }

    [Fact]
    public void Where_UDP_is_blocked_and_no_relay_is_reached_otherwise_that_is_said()
    {
        NatWorld world = Create(NatKind.PortRestricted, NatKind.PortRestricted);
        world.A.Site.AllowsUdp = world.B.Site.AllowsUdp = static (_, _) => false;
        Negotiate(world, FirstStun, FirstTurn);
        ExpectEnd(world, ConnectionDiagnosis.UdpBlocked, ConnectionDiagnosis.UdpBlocked);
    }

    [Fact]
    public void Where_a_relay_over_TCP_is_blocked_too_the_relays_are_unreachable()
    {
        NatWorld world = Create(NatKind.PortRestricted, NatKind.PortRestricted);
        foreach (NatEnd end in world.Ends)
        {
            end.Site.AllowsUdp = static (_, _) => false;
            end.Site.AllowsTcp = static _ => false;
        }

        Negotiate(world, FirstStun, FirstTurn, "turns:198.51.100.1:443");
        ExpectEnd(world, ConnectionDiagnosis.RelayUnreachable, ConnectionDiagnosis.RelayUnreachable);
    }

    [Fact]
    public void One_side_of_IPv4_and_one_of_IPv6_have_nothing_in_common()
    {
        NatWorld world = new(1, Conditions, new Site("IPv4"), new Site("IPv6"));
        world.Negotiate(["203.0.113.1"], ["2001:db8::1"]);
        ExpectEnd(world, ConnectionDiagnosis.NoCommonAddressFamily, ConnectionDiagnosis.NoCommonAddressFamily);
    }

    [Fact]
    public void With_a_relay_of_ours_it_is_the_peer_who_does_not_come()
    {
        NatWorld world = Create(NatKind.PortRestricted, NatKind.PortRestricted);
        world.B.Site.AllowsUdp = static (_, _) => false;
        Negotiate(world, FirstStun, FirstTurn);
        ExpectEnd(world, ConnectionDiagnosis.PeerUnreachable, ConnectionDiagnosis.UdpBlocked);
    }

    [Fact]
    public void A_description_or_candidates_that_do_not_come_are_signalings()
    {
        NatWorld lost = Create(NatKind.FullCone, NatKind.FullCone);
        lost.CarryDescription = static _ => null;
        Negotiate(lost, FirstStun);
        lost.RunUntil(static () => false, TimeSpan.FromSeconds(10));
        Expect(lost.A, ConnectionDiagnosis.SignalingIncomplete);

        // Without the candidates of the other one, neither can knock at the other's door.
        NatWorld partly = Create(NatKind.PortRestricted, NatKind.PortRestricted);
        partly.CarriesCandidates = static _ => false;
        Negotiate(partly, FirstStun);
        ExpectEnd(partly, ConnectionDiagnosis.SignalingIncomplete, ConnectionDiagnosis.SignalingIncomplete);
    }
}
