using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Stun;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Tests.Turn;

/// <summary>How an allocation, its permissions and its channels live on, and how they end (RFC 8656 sections 8, 9 and 12; RFC 8489 section 9.2.5).</summary>
public sealed class TurnKeepAliveTests
{
    private static readonly TransportAddress s_peer = TurnWorld.Address("192.0.2.200", 6000), s_other = TurnWorld.Address("192.0.2.201", 6001);

    [Fact]
    public void An_hour_passes_and_everything_is_still_there()
    {
        TurnWorld world = new(new TurnServerModelOptions { NonceLifetime = TimeSpan.FromMinutes(7) });
        TurnWorldClient client = world.Allocate();
        client.Core.Permit(s_other, world.Now);
        client.Core.Bind(s_peer, world.Now);
        for (int minute = 0; minute < 60; minute++)
        {
            world.RunFor(TimeSpan.FromMinutes(1));
            Assert.True(world.Send(client, s_peer, [(byte)minute]));
            Assert.True(world.Send(client, s_other, [(byte)minute]));
            world.SendFromPeer(s_peer, client.Core.RelayedAddress!.Value, [(byte)minute]);
        }

        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(120, world.AtPeers.Count);
        Assert.Equal(60, client.Received.Count);
        Assert.Equal(0, world.Server.Dropped);
        Assert.True(client.Core.Counters.StaleNonces > 5);
        Assert.Equal([TurnEventKind.Allocated, TurnEventKind.ChannelBound], client.Kinds.Where(kind => kind != TurnEventKind.PermissionRefused));
        Assert.Equal((2, 1), world.Server.Allocations.Single().CountAlive(world.Now));

        // Six or seven refreshes, fifteen renewals of two permissions and a channel, and what stale nonces made of them.
        Assert.InRange(client.Core.Counters.RequestsSent, 50, 80);
        Assert.Equal(0, client.Core.Counters.Retransmissions);
    }

    [Theory]
    [InlineData(nameof(StunMessageType.AllocateRequest))]
    [InlineData(nameof(StunMessageType.RefreshRequest))]
    [InlineData(nameof(StunMessageType.CreatePermissionRequest))]
    [InlineData(nameof(StunMessageType.ChannelBindRequest))]
    public void A_stale_nonce_costs_each_method_one_request_more(string method)
    {
        TurnWorld world = new(new TurnServerModelOptions { NonceLifetime = TimeSpan.FromSeconds(30) });
        TurnWorldClient client = world.AddClient();
        StunMessageType type = Enum.Parse<StunMessageType>(method);
        int requests = 0, stale = 0;
        world.Loses = (from, _, packet) =>
        {
            Assert.True(StunMessage.TryParse(packet, out StunMessage message));
            if (message.Type == type && message.HasIntegrity) requests++;
            if (message.Type == type.Error() && message.TryGetErrorCode(out int code) && code == 438) stale++;

            // The nonce that the first challenge gives is stale when the answer to it comes.
            if (type == StunMessageType.AllocateRequest && message.Type == type && message.HasIntegrity && requests == 1) world.Server.Restart();
            return false;
        };
        client.Core.Allocate(world.Now);
        world.RunFor(TimeSpan.FromSeconds(60));
        if (type == StunMessageType.CreatePermissionRequest) client.Core.Permit(s_peer, world.Now);
        if (type == StunMessageType.ChannelBindRequest)
        {
            client.Core.Permit(s_peer, world.Now);
            world.RunFor(TimeSpan.FromSeconds(60));
            client.Core.Bind(s_peer, world.Now);
        }

        world.RunFor(TimeSpan.FromSeconds(type == StunMessageType.RefreshRequest ? 500 : 1));
        Assert.Equal(1, stale);
        Assert.Equal(2, requests);
        Assert.Equal(TurnState.Allocated, client.Core.State);
    }

    [Fact]
    public void A_release_gets_past_a_stale_nonce()
    {
        TurnWorld world = new(new TurnServerModelOptions { NonceLifetime = TimeSpan.FromSeconds(30) });
        TurnWorldClient client = world.Allocate();
        world.RunFor(TimeSpan.FromSeconds(60));
        client.Core.Close(world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(TurnState.Closed, client.Core.State);
        Assert.Empty(world.Server.Allocations);
        Assert.Equal(1, world.Server.Released);
    }

    [Fact]
    public void A_server_that_finds_every_nonce_stale_is_not_asked_for_ever()
    {
        TurnWorld world = new(new TurnServerModelOptions { IsNonceAlwaysStale = true });
        TurnWorldClient client = world.AddClient();
        client.Core.Allocate(world.Now);
        world.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(new TurnFailure(TurnFailureKind.StaleNonce, 438), client.Core.Failure);
        Assert.Equal(6, world.Server.Requests[StunMessageType.AllocateRequest]);
    }

    [Fact]
    public void A_server_that_repeats_a_stale_nonce_is_not_asked_again()
    {
        TurnClient client = new(TurnWorld.Credentials(), new SeededRandomSource(1));
        client.Allocate(MonotonicTime.Zero);
        int requests = 0;
        byte[] buffer = new byte[TurnClient.MaxControlSize];
        while (client.WritePacket(buffer) is > 0 and int length)
        {
            Assert.True(++requests < 10);
            Assert.True(StunMessage.TryParse(buffer.AsSpan(0, length), out StunMessage request));
            byte[] answer = new byte[256];
            StunWriter writer = new(answer, StunMessageType.AllocateError, request.TransactionId);
            writer.WriteError(request.HasIntegrity ? 438 : 401, "Stale Nonce"u8);
            writer.Write(StunAttributeType.Realm, "realm"u8);
            writer.Write(StunAttributeType.Nonce, "the only nonce"u8);
            client.TryHandlePacket(answer.AsSpan(0, writer.Finish([])), MonotonicTime.Zero, out _, out _, out _);
        }

        Assert.Equal(2, requests);
        Assert.Equal(TurnFailureKind.StaleNonce, client.Failure?.Kind);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(119)]
    [InlineData(600)]
    [InlineData(3600)]
    public void The_life_that_the_server_grants_is_the_life_that_is_prolonged(int seconds)
    {
        TurnWorld world = new(new TurnServerModelOptions { MaxLifetime = TimeSpan.FromSeconds(seconds) });
        TurnWorldClient client = world.Allocate();
        world.RunFor(TimeSpan.FromHours(2));
        Assert.Equal(TurnState.Allocated, client.Core.State);
        int granted = Math.Min(seconds, 600), interval = granted >= 120 ? granted - 60 : granted / 2;
        Assert.InRange(world.Server.Requests[StunMessageType.RefreshRequest], (7200 / interval) - 2, (7200 / interval) + 1);
    }

    [Fact]
    public void A_life_of_a_second_is_not_worth_a_request_each_half_second()
    {
        TurnWorld world = new(new TurnServerModelOptions { MaxLifetime = TimeSpan.FromSeconds(1) });
        TurnWorldClient client = world.Allocate();
        world.RunFor(TimeSpan.FromSeconds(20));
        Assert.Equal(new TurnFailure(TurnFailureKind.AllocationLost, 437), client.Core.Failure);
        Assert.Equal(1, world.Server.Requests[StunMessageType.RefreshRequest]);
    }

    [Theory]
    [InlineData(437)]
    [InlineData(400)]
    public void A_server_that_was_restarted_has_lost_the_allocation(int code)
    {
        TurnWorld world = new(new TurnServerModelOptions { MismatchCode = code });
        TurnWorldClient client = world.Allocate();
        client.Core.Bind(s_peer, world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        world.Server.Restart();

        // The next renewal finds it out, long before the next refresh.
        world.RunFor(TimeSpan.FromMinutes(4.1));
        Assert.Equal(new TurnFailure(TurnFailureKind.AllocationLost, 437), client.Core.Failure);
        Assert.Null(client.Core.RelayedAddress);
        Assert.False(world.Send(client, s_peer, [1]));

        // Another one can be had from the same server, which knows no channel of it yet.
        client.Core.Allocate(world.Now);
        Assert.True(world.RunUntil(() => client.Core.State == TurnState.Allocated, TimeSpan.FromSeconds(1)));
        Assert.Equal(36, client.Core.GetOverhead(s_peer));
        Assert.True(world.Send(client, s_peer, [1]));
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(4, client.Core.GetOverhead(s_peer));
        Assert.Single(world.AtPeers);
        Assert.Equal([TurnEventKind.Allocated, TurnEventKind.ChannelBound, TurnEventKind.Failed, TurnEventKind.Allocated, TurnEventKind.ChannelBound], client.Kinds.Where(kind => kind != TurnEventKind.PermissionRefused));
    }

    [Fact]
    public void Doubt_brings_back_what_the_server_has_forgotten_or_tells_that_it_is_lost()
    {
        TurnWorld world = new(new TurnServerModelOptions { PermissionLifetime = TimeSpan.FromSeconds(30), ChannelLifetime = TimeSpan.FromSeconds(30) });
        TurnWorldClient client = world.Allocate();
        client.Core.Bind(s_peer, world.Now);
        world.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal((0, 0), world.Server.Allocations.Single().CountAlive(world.Now));
        for (int i = 0; i < 2; i++) client.Core.Doubt(world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((1, 1), world.Server.Allocations.Single().CountAlive(world.Now));
        Assert.Equal([TurnEventKind.Allocated, TurnEventKind.ChannelBound], client.Kinds);

        world.Server.Restart();
        client.Core.Doubt(world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(TurnFailureKind.AllocationLost, client.Core.Failure?.Kind);
        client.Core.Doubt(world.Now);
        Assert.Null(client.Core.NextTimeout);
    }

    [Fact]
    public void What_nobody_prolongs_ends()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        world.Loses = (_, _, _) => true;
        world.RunFor(TimeSpan.FromSeconds(595));
        Assert.Equal(TurnState.Allocated, client.Core.State);
        world.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(new TurnFailure(TurnFailureKind.AllocationLost), client.Core.Failure);
    }

    [Fact]
    public void A_refresh_that_was_not_answered_is_tried_until_it_is_too_late()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        world.RunFor(TimeSpan.FromSeconds(535));
        world.Loses = (_, _, _) => world.Now.SinceStart < TimeSpan.FromSeconds(585);
        world.RunFor(TimeSpan.FromMinutes(5));
        Assert.Equal(TurnState.Allocated, client.Core.State);
    }

    [Fact]
    public void Credentials_that_expire_in_mid_life_are_asked_for_while_data_flows_on()
    {
        string password = "first";
        TurnWorld world = new(new TurnServerModelOptions { FindPassword = (_, _) => password });
        TurnWorldClient client = world.Allocate(options: TurnWorld.Credentials("first"));
        client.Core.Permit(s_peer, world.Now);
        world.RunFor(TimeSpan.FromMinutes(1));
        password = "second";
        world.RunFor(TimeSpan.FromMinutes(3.5));
        Assert.Equal([TurnEventKind.Allocated, TurnEventKind.CredentialsRefused], client.Kinds);
        Assert.True(world.Send(client, s_peer, [1]));
        client.Core.Bind(s_other, world.Now);

        client.Core.UpdateCredentials(TurnServerModelOptions.DefaultUsername, "second", world.Now);
        world.RunFor(TimeSpan.FromMinutes(20));
        Assert.Equal(TurnState.Allocated, client.Core.State);
        Assert.Equal([TurnEventKind.Allocated, TurnEventKind.CredentialsRefused, TurnEventKind.ChannelBound], client.Kinds);
        Assert.True(world.Send(client, s_peer, [2]));
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(2, world.AtPeers.Count);
    }

    [Fact]
    public void Credentials_that_are_not_renewed_end_with_the_allocation()
    {
        string password = "first";
        TurnWorld world = new(new TurnServerModelOptions { FindPassword = (_, _) => password });
        TurnWorldClient client = world.Allocate(options: TurnWorld.Credentials("first"));
        password = "second";
        world.RunFor(TimeSpan.FromMinutes(11));
        Assert.Equal(new TurnFailure(TurnFailureKind.CredentialsRefused, 401), client.Core.Failure);
        Assert.Equal([TurnEventKind.Allocated, TurnEventKind.CredentialsRefused, TurnEventKind.Failed], client.Kinds);
    }

    [Fact]
    public void An_allocation_stays_with_the_name_that_made_it()
    {
        TurnWorld world = new(new TurnServerModelOptions { FindPassword = (name, now) => name == "1:alice" ? (now.SinceStart < TimeSpan.FromMinutes(2) ? "a" : null) : "b" });
        TurnWorldClient client = world.Allocate(options: new TurnClientOptions { Username = "1:alice", Password = "a" });
        world.RunFor(TimeSpan.FromMinutes(9.5));
        Assert.Equal(TurnEventKind.CredentialsRefused, client.Events[^1].Kind);
        client.Core.UpdateCredentials("2:alice", "b", world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(new TurnFailure(TurnFailureKind.WrongCredentials, 441), client.Core.Failure);
    }

    [Fact]
    public void What_is_closed_while_it_is_being_asked_for_is_given_back()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.AddClient();
        client.Core.Allocate(world.Now);
        Assert.True(world.RunUntil(() => world.Server.Allocations.Count == 1, TimeSpan.FromSeconds(1)));
        client.Core.Close(world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, world.Server.Released);
        Assert.Equal(TurnState.Closed, client.Core.State);
    }

    [Fact]
    public void Closing_ends_even_if_nobody_answers()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        client.Core.Permit(s_peer, world.Now);
        world.Loses = (_, _, _) => true;
        client.Core.Close(world.Now);
        client.Core.Close(world.Now);
        Assert.False(world.Send(client, s_peer, [1]));
        world.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(TurnState.Closed, client.Core.State);
        Assert.Null(client.Core.NextTimeout);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_never_asked_for_closes_without_a_word(bool dispose)
    {
        TurnWorld world = new();
        TurnWorldClient client = world.AddClient();
        client.Core.Permit(s_peer, world.Now);
        if (dispose) client.Core.Dispose();
        client.Core.Close(world.Now);
        client.Core.Dispose();
        Assert.Equal(TurnState.Closed, client.Core.State);
        Assert.Equal(0, client.Core.WritePacket(new byte[TurnClient.MaxControlSize]));
        Assert.Throws<InvalidOperationException>(() => client.Core.Allocate(world.Now));
        client.Core.UpdateCredentials("a", "b", world.Now);
        client.Core.HandleTimeout(world.Now);
    }
}
