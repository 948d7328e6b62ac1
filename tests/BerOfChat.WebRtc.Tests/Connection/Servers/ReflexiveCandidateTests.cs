using BerOfChat.WebRtc.Connection.Servers;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Ice.Gathering;
using BerOfChat.WebRtc.Stun;
using BerOfChat.WebRtc.Tests.Turn;

namespace BerOfChat.WebRtc.Tests.Connection.Servers;

public sealed class ReflexiveCandidateTests
{
    private const string Inside = "10.0.0.1", Outside = "203.0.113.1", Server = "198.51.100.1", Other = "198.51.100.2", Dead = "198.51.100.9";

    [Fact]
    public void A_socket_behind_a_translation_gets_a_candidate_that_names_both_its_addresses()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.A.AddSocket(Inside, 1000, Outside);
        world.A.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.GatherAlone();

        Assert.True(world.RunUntil(() => world.A.GatheredAt is not null, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromMilliseconds(20), world.Now.SinceStart);
        Assert.Equal(2, world.A.Candidates.Count);
        Assert.EndsWith($" udp {IceCandidate.ComputePriority(IceCandidateType.ServerReflexive, ushort.MaxValue)} {Outside} 1000 typ srflx raddr {Inside} rport 1000", world.A.Candidates[1], StringComparison.Ordinal);
        IceServerReport report = world.A.ReportOf("stun:");
        Assert.Equal(IceServerOutcome.Served, report.Outcome);
        Assert.Equal(ServerWorld.Address(Outside, 1000), report.MappedAddress);
        Assert.Equal(TimeSpan.FromMilliseconds(20), report.RoundTripTime);
    }

    [Fact]
    public void An_address_that_nothing_translates_is_no_second_candidate()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.A.AddSocket(Outside, 1000);
        world.A.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.GatherAlone();

        Assert.True(world.RunUntil(() => world.A.GatheredAt is not null, TimeSpan.FromSeconds(1)));
        Assert.Single(world.A.Candidates);
    }

    [Fact]
    public void The_first_of_several_servers_serves_and_a_dead_one_holds_nobody_up()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.AddServer(Other);
        world.Detours[ServerWorld.Address(Other, 0).ToIPAddress()] = TimeSpan.FromMilliseconds(100);
        world.A.AddSocket(Inside, 1000, Outside);
        world.A.Use("stun:dead.example.org", ServerWorld.Address(Dead, 3478));
        world.A.Use("stun:far.example.org", ServerWorld.Address(Other, 3478));
        world.A.Use("stun:near.example.org", ServerWorld.Address(Server, 3478));
        world.GatherAlone();

        Assert.True(world.RunUntil(() => world.A.GatheredAt is not null, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromMilliseconds(20), world.Now.SinceStart);
        Assert.Equal(2, world.A.Candidates.Count);

        // What the others say is for diagnosis.
        world.RunFor(TimeSpan.FromSeconds(20));
        Assert.Equal(2, world.A.Candidates.Count);
        Assert.Equal(IceServerOutcome.Served, world.A.ReportOf("stun:far").Outcome);
        Assert.Equal(IceServerOutcome.Silent, world.A.ReportOf("stun:dead").Outcome);
    }

    [Fact]
    public void A_socket_that_no_server_answers_holds_the_others_up_for_a_second()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.A.AddSocket(Inside, 1000, Outside);
        world.A.AddSocket("10.9.9.9", 1000);
        world.IsBlocked = (from, _) => from == ServerWorld.Address("10.9.9.9", 1000);
        world.A.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.GatherAlone();

        Assert.True(world.RunUntil(() => world.A.GatheredAt is not null, TimeSpan.FromSeconds(5)));
        Assert.Equal(TimeSpan.FromMilliseconds(20) + IceServerLimits.Grace, world.Now.SinceStart);
    }

    [Fact]
    public void When_nobody_answers_gathering_is_complete_after_its_limit_and_a_late_answer_still_serves()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.A.AddSocket(Inside, 1000, Outside);
        world.A.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.IsBlocked = (_, _) => world.Now.SinceStart < TimeSpan.FromSeconds(7);
        world.GatherAlone();

        Assert.True(world.RunUntil(() => world.A.GatheredAt is not null, TimeSpan.FromSeconds(10)));
        Assert.Equal(IceServerLimits.MaxGatheringTime, world.Now.SinceStart);
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(IceServerOutcome.Served, world.A.ReportOf("stun:").Outcome);
        Assert.Single(world.A.Candidates);
        Assert.Equal(2, world.A.Core.Ice!.Checklist.Locals.Count);
    }

    [Fact]
    public void A_name_that_does_not_resolve_costs_only_itself()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.A.AddSocket(Inside, 1000, Outside);
        world.A.Use("stun:nowhere.example.org", null);
        world.A.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.GatherAlone();

        Assert.True(world.RunUntil(() => world.A.GatheredAt is not null, TimeSpan.FromSeconds(1)));
        Assert.Equal(2, world.A.Candidates.Count);
        Assert.Equal(IceServerOutcome.Unreachable, world.A.ReportOf("stun:nowhere").Outcome);
    }

    [Fact]
    public void A_server_is_asked_by_sockets_of_its_family_only()
    {
        ServerWorld world = new();
        world.A.AddSocket("2001:db8::1", 1000);
        world.A.AddSocket("127.0.0.1", 1000);
        world.A.AddSocket(Inside, 1000, Outside);
        world.A.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.GatherAlone();
        world.RunFor(TimeSpan.FromMilliseconds(1));

        Assert.Single(world.Sent);
    }

    [Fact]
    public void Two_behind_translations_that_keep_their_ports_connect_by_what_servers_tell_them()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.A.AddSocket(Inside, 1000, Outside);
        world.B.AddSocket("10.0.0.2", 2000, "203.0.113.2");
        foreach (ServerWorldEnd end in world.Ends) end.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.Negotiate();

        Assert.True(world.RunUntilOpen(TimeSpan.FromSeconds(5)), $"{world.A.Core.State} {world.B.Core.State}");
        Assert.Equal("203.0.113.2", world.A.Core.SelectedPair!.Remote.Address.ToIPAddress().ToString());
        PeerConnectionStatistics statistics = BerOfChat.WebRtc.Connection.StatisticsReader.Read(world.A.Core, DateTimeOffset.UnixEpoch, 0, 0);
        Assert.Equal("srflx", statistics.Transport.SelectedCandidatePair!.LocalCandidate.CandidateType);
        Assert.Equal(Outside, statistics.Transport.SelectedCandidatePair.LocalCandidate.Address);
        Assert.Equal("stun:stun.example.org:3478", statistics.Transport.SelectedCandidatePair.LocalCandidate.Url);
    }

    [Fact]
    public void Who_hides_private_addresses_names_none_and_is_reached_all_the_same()
    {
        ServerWorld world = new(hidesPrivateA: true);
        world.AddServer(Server);
        world.A.AddSocket(Inside, 1000, Outside);
        world.A.AddSocket("fd00::1", 1001);
        world.B.AddSocket("203.0.113.2", 2000);
        world.A.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.Negotiate();

        Assert.True(world.RunUntilOpen(TimeSpan.FromSeconds(5)), $"{world.A.Core.State} {world.B.Core.State}");
        Assert.EndsWith($" {Outside} 1000 typ srflx raddr 0.0.0.0 rport 9", Assert.Single(world.A.Candidates), StringComparison.Ordinal);
        Assert.All(world.Signaled.Where(s => s.From == world.A), s => Assert.DoesNotContain(Inside, s.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void The_door_is_kept_open_until_there_is_a_path()
    {
        ServerWorld world = new();
        TurnServerModel server = world.AddServer(Server);
        world.A.AddSocket(Inside, 1000, Outside);
        world.A.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.GatherAlone();
        world.RunFor(TimeSpan.FromMinutes(1));

        // At the beginning, and every twelve seconds after the first answer.
        Assert.Equal(5, server.Requests[StunMessageType.BindingRequest]);
    }

    [Fact]
    public void An_address_that_changes_while_nobody_has_come_is_told()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.A.AddSocket(Inside, 1000, Outside);
        world.A.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.GatherAlone();
        world.RunFor(TimeSpan.FromSeconds(1));
        world.A.Sockets[0] = (world.A.Sockets[0].Inside, ServerWorld.Address("203.0.113.77", 1000));
        world.RunFor(TimeSpan.FromSeconds(20));

        Assert.Contains(world.A.Core.Ice!.Checklist.Locals, l => l.Address == ServerWorld.Address("203.0.113.77", 1000));
    }

    [Fact]
    public void A_server_that_sees_another_address_each_time_is_believed_up_to_a_limit()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.A.AddSocket(Inside, 1000, Outside);
        world.A.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.GatherAlone();
        for (int i = 0; i < 50; i++)
        {
            world.A.Sockets[0] = (world.A.Sockets[0].Inside, ServerWorld.Address(Outside, 5000 + i));
            world.RunFor(IceServerLimits.KeepAlive);
        }

        Assert.Equal(1 + IceServerLimits.MaxReflexiveAddresses, world.A.Core.Ice!.Checklist.Locals.Count);
    }

    [Fact]
    public void Questions_are_asked_up_to_a_limit()
    {
        ServerWorld world = new();
        for (int i = 0; i < 16; i++) world.A.AddSocket($"10.0.1.{i + 1}", 1000);
        for (int i = 0; i < 16; i++) world.A.Use($"stun:stun{i}.example.org", ServerWorld.Address($"198.51.100.{i + 1}", 3478));
        world.GatherAlone();
        world.RunFor(TimeSpan.FromMilliseconds(1));

        Assert.Equal(IceServerLimits.MaxQueries, world.Sent.Count);
    }

    [Fact]
    public void An_answer_from_elsewhere_or_to_nothing_that_was_asked_is_not_believed()
    {
        ServerWorld world = new();
        world.A.AddSocket(Inside, 1000, Outside);
        world.A.Use("stun:stun.example.org", ServerWorld.Address(Server, 3478));
        world.GatherAlone();
        world.RunFor(TimeSpan.FromMilliseconds(1));
        byte[] question = Assert.Single(world.Sent).Packet;
        byte[] answer = Answer(StunTransactionId.Read(question.AsSpan(8)));
        byte[] stranger = Answer(default);

        world.A.Core.HandleDatagram(0, ServerWorld.Address(Other, 3478), answer, world.Now);
        world.A.Core.HandleDatagram(0, ServerWorld.Address(Server, 3479), answer, world.Now);
        world.A.Core.HandleDatagram(0, ServerWorld.Address(Server, 3478), stranger, world.Now);
        world.RunFor(TimeSpan.FromMilliseconds(1));
        Assert.Single(world.A.Candidates);
        world.A.Core.HandleDatagram(0, ServerWorld.Address(Server, 3478), answer, world.Now);
        world.RunFor(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, world.A.Candidates.Count);
    }

    private static byte[] Answer(StunTransactionId transaction)
    {
        byte[] buffer = new byte[128];
        StunWriter writer = new(buffer, StunMessageType.BindingSuccess, transaction);
        XorAddress.Write(ref writer, StunAttributeType.XorMappedAddress, ServerWorld.Address(Outside, 1000), transaction);
        return buffer[..writer.Finish([])];
    }
}
