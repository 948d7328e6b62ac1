using System.Net;
using BerOfChat.WebRtc.Connection;
using BerOfChat.WebRtc.Connection.Servers;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Ice.Gathering;

namespace BerOfChat.WebRtc.Tests.Connection.Servers;

public sealed class RelayTests
{
    private const string Server = "198.51.100.1", Other = "198.51.100.2";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Who_cannot_reach_each_other_connect_through_relays(bool ofA, bool ofB)
    {
        ServerWorld world = MakeSeparated();
        if (ofA) world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        if (ofB) world.B.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        world.Negotiate();

        Assert.True(world.RunUntilOpen(s_patience), $"{world.A.Core.State} {world.B.Core.State}");
        Exchange(world, 100);
        Assert.True(world.A.Core.SelectedPair!.IsRelayed);
        Assert.Equal(0, world.A.Core.UnsentDatagrams + world.B.Core.UnsentDatagrams);

        // Bulk data passes on a channel, at a price of four bytes.
        ServerWorldEnd relaying = ofA && world.A.Core.SelectedPair.Local.Candidate.Type == IceCandidateType.Relay ? world.A : world.B;
        IceRoute route = relaying.Core.SelectedPair!.Route;
        Assert.Equal(IceCandidateType.Relay, relaying.Core.SelectedPair.Local.Candidate.Type);
        world.Sent.Clear();
        Exchange(world, 10);
        Assert.Contains(world.Sent, s => s.End == relaying && s.Packet[0] is >= 0x40 and <= 0x4F);
        Assert.True(route.SocketId >= ServerGatherer.FirstRelayId);
    }

    [Fact]
    public void A_relayed_candidate_names_where_the_relay_sees_us_and_comes_last()
    {
        ServerWorld world = MakeSeparated();
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        world.GatherAlone();

        Assert.True(world.RunUntil(() => world.A.GatheredAt is not null, s_patience));
        Assert.Equal(3, world.A.Candidates.Count);
        Assert.Contains("203.0.113.1 1000 typ srflx raddr 10.0.0.1 rport 1000", world.A.Candidates[1], StringComparison.Ordinal);
        Assert.Contains("typ relay raddr 203.0.113.1 rport 1000", world.A.Candidates[2], StringComparison.Ordinal);
        Assert.Equal(world.Servers[0].Allocations.Single().Relayed, world.A.ReportOf("turn:").RelayedAddress);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void With_relays_only_nothing_leaves_but_to_them_and_nothing_names_an_address_of_ours(bool isOfferer, bool isPeerToo)
    {
        // Nothing stands between them: they could connect directly.
        ServerWorld world = new(isRelayOnlyA: isOfferer || isPeerToo, isRelayOnlyB: !isOfferer || isPeerToo);
        world.AddServer(Server);
        world.A.AddSocket("192.0.2.1", 1000);
        world.A.AddSocket("2001:db8::1", 1001);
        world.B.AddSocket("192.0.2.2", 2000);
        foreach (ServerWorldEnd end in world.Ends) end.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        foreach (ServerWorldEnd end in world.Ends) end.Use("stun:turn.example.org", ServerWorld.Address(Server, 3478));
        world.Negotiate();

        Assert.True(world.RunUntilOpen(s_patience), $"{world.A.Core.State} {world.B.Core.State}");
        Exchange(world, 20);
        world.RunFor(TimeSpan.FromMinutes(1));
        foreach (ServerWorldEnd end in world.Ends.Where(e => e.Core.IsRelayOnly))
        {
            Assert.All(world.Sent.Where(s => s.End == end), s => Assert.Equal(ServerWorld.Address(Server, 3478), s.To));
            Assert.NotEmpty(end.Candidates);
            Assert.All(end.Candidates, c => Assert.Contains($" {Server} ", c, StringComparison.Ordinal));
            Assert.All(end.Candidates, c => Assert.EndsWith(" typ relay raddr 0.0.0.0 rport 9", c, StringComparison.Ordinal));
            foreach ((_, string text) in world.Signaled.Where(s => s.From == end))
            {
                foreach ((TransportAddress inside, _) in end.Sockets.Values) Assert.DoesNotContain(inside.ToIPAddress().ToString(), text, StringComparison.Ordinal);
            }

            PeerConnectionStatistics statistics = StatisticsReader.Read(end.Core, DateTimeOffset.UnixEpoch, 0, 0);
            Assert.All(statistics.LocalCandidates, c => Assert.Equal("relay", c.CandidateType));
            Assert.Equal("udp", statistics.Transport.SelectedCandidatePair!.LocalCandidate.RelayProtocol);
        }
    }

    [Fact]
    public void With_relays_only_a_check_that_comes_to_a_socket_is_dropped_and_counted()
    {
        ServerWorld world = new(isRelayOnlyB: true);
        world.AddServer(Server);
        world.A.AddSocket("192.0.2.1", 1000);
        world.B.AddSocket("192.0.2.2", 2000);
        world.B.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        world.Negotiate();
        // The peer has guessed where we are, and knows our password.
        world.Later(TimeSpan.FromMilliseconds(50), () => world.A.Core.TryAddRemoteCandidate("candidate:1 1 udp 2130706431 192.0.2.2 2000 typ host", world.Now));

        Assert.True(world.RunUntilOpen(s_patience));
        world.RunFor(TimeSpan.FromSeconds(10));
        Assert.Contains(world.Sent, s => s.End == world.A && s.To == ServerWorld.Address("192.0.2.2", 2000));
        Assert.DoesNotContain(world.Sent, s => s.End == world.B && s.To != ServerWorld.Address(Server, 3478));
        Assert.True(world.B.Core.DroppedDatagrams > 0);
    }

    [Fact]
    public void A_relay_carries_what_there_is_until_a_direct_path_takes_over_and_nothing_is_lost()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.A.AddSocket("192.0.2.1", 1000);
        world.B.AddSocket("192.0.2.2", 2000);
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        // The direct way opens late.
        world.IsBlocked = (from, to) => world.Now.SinceStart < TimeSpan.FromSeconds(4) && world.IsDirect(from, to);
        world.Negotiate();

        Assert.True(world.RunUntilOpen(TimeSpan.FromSeconds(2)), $"{world.A.Core.State} {world.B.Core.State}");
        Assert.True(world.A.Core.SelectedPair!.IsRelayed);
        int sent = 0;
        while (world.Now.SinceStart < TimeSpan.FromSeconds(12))
        {
            // Each message has one chance only.
            world.A.Send(world.Now, BitConverter.GetBytes(sent));
            world.B.Send(world.Now, BitConverter.GetBytes(sent));
            sent++;
            world.RunFor(TimeSpan.FromMilliseconds(20));
        }

        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.False(world.A.Core.SelectedPair.IsRelayed);
        Assert.False(world.B.Core.SelectedPair!.IsRelayed);
        Assert.True(world.A.Core.SelectedPair.IsNominated);
        Assert.Equal(sent, world.A.Received.Count);
        Assert.Equal(sent, world.B.Received.Count);
    }

    [Fact]
    public void Of_two_relays_the_nearer_one_is_used()
    {
        ServerWorld world = MakeSeparated();
        world.AddServer(Other);
        world.Detours[IPAddress.Parse(Server)] = TimeSpan.FromMilliseconds(40);
        world.A.Use("turn:far.example.org", ServerWorld.Address(Server, 3478));
        world.A.Use("turn:near.example.org", ServerWorld.Address(Other, 3478));
        world.Negotiate();

        Assert.True(world.RunUntilOpen(s_patience));
        Assert.True(world.RunUntil(() => world.A.Core.SelectedPair!.IsNominated, s_patience));
        Assert.Equal(Other, world.A.Core.SelectedPair!.Local.Address.ToIPAddress().ToString());
    }

    [Theory]
    [InlineData(false, 1250)]
    [InlineData(true, 1600)]
    public void Through_a_relay_a_channel_is_open_after_few_round_trips(bool isRelayOnly, int milliseconds)
    {
        // Two round trips of 100 ms for the address; then five on the path, for the check, DTLS and SCTP: of 200 ms, or of 300 ms through two relays.
        ServerWorld world = new(isRelayOnly, isRelayOnly) { Latency = TimeSpan.FromMilliseconds(50) };
        world.IsBlocked = world.IsDirect;
        world.AddServer(Server);
        world.A.AddSocket("10.0.0.1", 1000, "203.0.113.1");
        world.B.AddSocket("10.0.0.2", 2000, "203.0.113.2");
        foreach (ServerWorldEnd end in world.Ends) end.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        world.Negotiate();

        Assert.True(world.RunUntilOpen(s_patience));
        Assert.InRange(world.Now.SinceStart, TimeSpan.Zero, TimeSpan.FromMilliseconds(milliseconds));
    }

    [Fact]
    public void Many_addresses_on_both_sides_do_not_keep_a_relay_waiting()
    {
        ServerWorld world = MakeSeparated();
        for (int i = 1; i < 8; i++) world.A.AddSocket($"10.0.1.{i}", 1000);
        for (int i = 1; i < 8; i++) world.B.AddSocket($"10.0.2.{i}", 2000);
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        world.Negotiate();

        Assert.True(world.RunUntilOpen(TimeSpan.FromSeconds(1.5)), $"{world.A.Core.State} {world.B.Core.State}");
    }

    [Fact]
    public void Wrong_credentials_are_reported_and_cost_only_their_server()
    {
        ServerWorld world = MakeSeparated();
        world.A.AddSocket("10.0.0.9", 1009, "203.0.113.9");
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478), password: "guess");
        world.GatherAlone();

        Assert.True(world.RunUntil(() => world.A.GatheredAt is not null, TimeSpan.FromSeconds(1)));
        IceServerReport report = world.A.ReportOf("turn:");
        Assert.Equal(IceServerOutcome.CredentialsRefused, report.Outcome);
        Assert.Equal(401, report.ErrorCode);
        Assert.Equal(0, world.A.CredentialsAsked);
        Assert.Equal(1, world.Servers[0].Errors[401] - 1);
        Assert.DoesNotContain("guess", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_that_have_expired_are_fetched_anew_and_the_relay_lives_on()
    {
        ServerWorld world = MakeSeparated();
        TimeSpan expiry = TimeSpan.FromMinutes(3);
        world.Servers[0].Options = world.Servers[0].Options with
        {
            NonceLifetime = TimeSpan.FromSeconds(50),
            MaxLifetime = TimeSpan.FromMinutes(10),
            FindPassword = (name, now) => name != "anna" ? null : now.SinceStart < expiry ? "one" : "two",
        };
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478), "anna", "one", renews: true);
        world.A.Renew = id => world.A.Core.UpdateServers(servers => servers.SetCredentials(id, "anna", "two", world.Now), world.Now);
        world.Negotiate();

        Assert.True(world.RunUntilOpen(s_patience));
        world.RunFor(TimeSpan.FromMinutes(25));
        Assert.Equal(1, world.A.CredentialsAsked);
        Assert.Null(world.A.End);
        Exchange(world, 10);
    }

    [Fact]
    public void Who_hands_out_wrong_credentials_is_not_asked_again_and_again()
    {
        ServerWorld world = MakeSeparated();
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478), password: "guess", renews: true);
        world.A.Renew = id => world.A.Core.UpdateServers(servers => servers.SetCredentials(id, "alice", "another guess", world.Now), world.Now);
        world.GatherAlone();
        world.RunFor(TimeSpan.FromSeconds(20));

        Assert.Equal(1, world.A.CredentialsAsked);
        Assert.NotNull(world.A.GatheredAt);
        Assert.Equal(IceServerOutcome.CredentialsRefused, world.A.ReportOf("turn:").Outcome);
    }

    [Fact]
    public void Another_server_that_the_first_one_names_is_asked()
    {
        ServerWorld world = MakeSeparated();
        world.AddServer(Other);
        world.Servers[0].Options = world.Servers[0].Options with { AlternateServer = ServerWorld.Address(Other, 3478) };
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        world.Negotiate();

        Assert.True(world.RunUntilOpen(s_patience));
        Assert.Equal(Other, world.A.Core.SelectedPair!.Local.Address.ToIPAddress().ToString());
    }

    [Fact]
    public void Who_closes_gives_all_relays_back()
    {
        ServerWorld world = MakeSeparated();
        world.AddServer(Other);
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        world.A.Use("turn:other.example.org", ServerWorld.Address(Other, 3478));
        world.Negotiate();
        Assert.True(world.RunUntilOpen(s_patience));

        world.Close(world.A);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.All(world.Servers, s => Assert.Equal(1, s.Released));
        Assert.Equal(WebRtcErrorCode.Closed, world.B.End?.Code);
    }

    [Fact]
    public void Through_a_relay_no_datagram_is_larger_than_any_path_carries()
    {
        ServerWorld world = MakeSeparated();
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        world.Negotiate();
        Assert.True(world.RunUntilOpen(s_patience));
        Exchange(world, 5);
        world.Sent.Clear();
        foreach (ServerWorldEnd end in world.Ends) end.Send(world.Now, new byte[200_000]);
        world.RunFor(TimeSpan.FromSeconds(10));

        Assert.All(world.Ends, end => Assert.Equal(200_000, end.Received[^1].Length));
        // IPv6 carries 1,280 bytes everywhere, of which 48 are its header and that of UDP.
        Assert.All(world.Sent, s => Assert.InRange(s.Packet.Length, 1, 1232));
    }

    [Fact]
    public void A_relay_that_carries_nothing_is_kept_within_reach()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.A.AddSocket("192.0.2.1", 1000);
        world.B.AddSocket("192.0.2.2", 2000);
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        world.Negotiate();
        Assert.True(world.RunUntilOpen(s_patience));
        world.RunFor(TimeSpan.FromSeconds(10));
        Assert.False(world.A.Core.SelectedPair!.IsRelayed);
        world.Sent.Clear();
        world.RunFor(TimeSpan.FromMinutes(1));

        Assert.InRange(world.Sent.Count(s => s.To == ServerWorld.Address(Server, 3478)), 4, 8);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void A_relay_that_has_forgotten_us_is_asked_anew_and_the_connection_goes_on(bool isOfA, bool isRebound)
    {
        ServerWorld world = MakeSeparated();
        ServerWorldEnd end = isOfA ? world.A : world.B;
        end.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        world.Negotiate();
        Assert.True(world.RunUntilOpen(s_patience));
        Exchange(world, 5);

        // Either it was started anew, or a door has given us another address, by which it does not know us.
        if (isRebound) end.Sockets[0] = (end.Sockets[0].Inside, ServerWorld.Address("203.0.113.55", 5555));
        else world.Servers[0].Restart();
        world.RunFor(TimeSpan.FromSeconds(15));
        Assert.Null(world.A.End);
        Assert.Null(world.B.End);
        Exchange(world, 5);
    }

    [Fact]
    public void A_server_that_is_named_twice_gives_one_address()
    {
        ServerWorld world = MakeSeparated();
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        world.A.Use("turn:198.51.100.1", ServerWorld.Address(Server, 3478));
        world.GatherAlone();

        Assert.True(world.RunUntil(() => world.A.GatheredAt is not null, TimeSpan.FromSeconds(1)));
        Assert.Single(world.A.Candidates, c => c.Contains("typ relay", StringComparison.Ordinal));
        Assert.Single(world.Servers[0].Allocations);
    }

    [Fact]
    public void One_socket_asks_a_server_and_the_next_one_when_that_gets_no_answer()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        for (int i = 1; i <= 4; i++) world.A.AddSocket($"192.0.2.{i}", 1000);
        world.A.Use("turn:turn.example.org", ServerWorld.Address(Server, 3478));
        // The first two networks lead nowhere.
        world.IsBlocked = (from, _) => from.ToIPAddress().ToString() is "192.0.2.1" or "192.0.2.2";
        world.GatherAlone();

        Assert.True(world.RunUntil(() => world.A.GatheredAt is not null, s_patience));
        Assert.Equal(ServerWorld.Address("192.0.2.3", 1000), Assert.Single(world.Servers[0].Allocations).Client);
        Assert.InRange(world.Now.SinceStart, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(world.Sent, s => s.To != ServerWorld.Address(Server, 3478));
    }

    [Fact]
    public void Allocations_are_made_up_to_a_limit()
    {
        ServerWorld world = new();
        world.A.AddSocket("192.0.2.1", 1000);
        for (int i = 1; i <= 16; i++)
        {
            world.AddServer($"198.51.100.{i}");
            world.A.Use($"turn:turn{i}.example.org", ServerWorld.Address($"198.51.100.{i}", 3478));
        }

        world.GatherAlone();
        world.RunFor(TimeSpan.FromSeconds(2));

        Assert.Equal(IceServerLimits.MaxAllocations, world.Servers.Sum(s => s.Allocations.Count));
    }

    // Both behind doors that let nobody in but the server and its relays.
    private static ServerWorld MakeSeparated()
    {
        ServerWorld world = new();
        world.AddServer(Server);
        world.A.AddSocket("10.0.0.1", 1000, "203.0.113.1");
        world.B.AddSocket("10.0.0.2", 2000, "203.0.113.2");
        foreach (ServerWorldEnd end in world.Ends) end.Use("stun:turn.example.org", ServerWorld.Address(Server, 3478));
        world.IsBlocked = world.IsDirect;
        return world;
    }

    private static void Exchange(ServerWorld world, int messages)
    {
        int ofA = world.A.Received.Count + messages, ofB = world.B.Received.Count + messages;
        for (int i = 0; i < messages; i++)
        {
            world.A.Send(world.Now, 1, 2, 3);
            world.B.Send(world.Now, 4, 5, 6);
            world.RunFor(TimeSpan.FromMilliseconds(10));
        }

        Assert.True(world.RunUntil(() => world.A.Received.Count == ofA && world.B.Received.Count == ofB, TimeSpan.FromSeconds(5)), $"{world.A.Received.Count} of {ofA}, {world.B.Received.Count} of {ofB}");
    }
}
