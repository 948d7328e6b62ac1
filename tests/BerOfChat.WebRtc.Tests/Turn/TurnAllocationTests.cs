using System.Text;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Stun;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Tests.Turn;

/// <summary>How a client gets a relayed address, or learns why it gets none (RFC 8656 section 7, RFC 8489 section 9.2).</summary>
public sealed class TurnAllocationTests
{
    [Fact]
    public void A_client_says_who_it_is_only_when_it_is_asked()
    {
        TurnWorld world = new();
        List<byte[]> requests = [];
        world.Loses = (_, to, packet) =>
        {
            if (to == TurnWorld.ServerAddress) requests.Add(packet);
            return false;
        };
        TurnWorldClient client = world.Allocate();

        Assert.Equal(2, requests.Count);
        Assert.True(StunMessage.TryParse(requests[0], out StunMessage first));
        Assert.True(first.HasFingerprint && !first.HasIntegrity && !first.Has(StunAttributeType.Username));
        Assert.True(StunMessage.TryParse(requests[1], out StunMessage second));
        Assert.True(second.HasFingerprint && second.HasIntegrity && second.TransactionId != first.TransactionId);
        Assert.Equal(TurnWorld.Address("198.51.100.1", 49_152), client.Core.RelayedAddress);
        Assert.Equal(client.Address, client.Core.MappedAddress);
        Assert.Equal(TimeSpan.FromMilliseconds(20), client.Core.RoundTripTime);
        Assert.Equal([TurnEventKind.Allocated], client.Kinds);
    }

    [Fact]
    public void A_server_that_asks_nobody_is_told_nothing()
    {
        TurnWorld world = new(new TurnServerModelOptions { RequiresCredentials = false });
        world.Allocate();
        Assert.Equal(1, world.Server.Requests[StunMessageType.AllocateRequest]);
    }

    [Fact]
    public void A_wrong_password_is_said_once_and_a_right_one_is_tried()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.AddClient(options: TurnWorld.Credentials("a guess"));
        client.Core.Allocate(world.Now);
        world.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal([TurnEventKind.CredentialsRefused], client.Kinds);
        Assert.Equal(new TurnFailure(TurnFailureKind.CredentialsRefused, 401), client.Core.Failure);
        Assert.Equal(2, world.Server.Requests[StunMessageType.AllocateRequest]);

        client.Core.UpdateCredentials(TurnServerModelOptions.DefaultUsername, TurnServerModelOptions.DefaultPassword, world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(TurnState.Allocated, client.Core.State);
        Assert.Null(client.Core.Failure);
        Assert.Equal(3, world.Server.Requests[StunMessageType.AllocateRequest]);
    }

    [Theory]
    [InlineData(400, nameof(TurnFailureKind.ServerError))]
    [InlineData(403, nameof(TurnFailureKind.Forbidden))]
    [InlineData(437, nameof(TurnFailureKind.AllocationMismatch))]
    [InlineData(440, nameof(TurnFailureKind.AddressFamilyUnsupported))]
    [InlineData(441, nameof(TurnFailureKind.WrongCredentials))]
    [InlineData(442, nameof(TurnFailureKind.TransportUnsupported))]
    [InlineData(443, nameof(TurnFailureKind.AddressFamilyUnsupported))]
    [InlineData(486, nameof(TurnFailureKind.QuotaReached))]
    [InlineData(500, nameof(TurnFailureKind.ServerError))]
    [InlineData(508, nameof(TurnFailureKind.InsufficientCapacity))]
    public void A_refusal_has_a_name(int code, string kind)
    {
        TurnWorld world = new(new TurnServerModelOptions { Refuse = _ => code });
        TurnWorldClient client = world.AddClient();
        client.Core.Allocate(world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(new TurnFailure(Enum.Parse<TurnFailureKind>(kind), code), client.Core.Failure);
        Assert.Equal([new TurnEvent(TurnEventKind.Failed, Code: code)], client.Events);
        Assert.Null(client.Core.NextTimeout);
    }

    [Fact]
    public void The_quota_of_a_user_is_met_by_the_next_allocation()
    {
        TurnWorld world = new(new TurnServerModelOptions { Quota = 1 });
        world.Allocate(1);
        TurnWorldClient second = world.AddClient(2);
        second.Core.Allocate(world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(TurnFailureKind.QuotaReached, second.Core.Failure?.Kind);
    }

    [Theory]
    [InlineData(false, 7, 23.75)]
    [InlineData(true, 1, 39.5)]
    public void A_silent_server_is_asked_as_often_as_its_transport_needs(bool isStream, int requests, double seconds)
    {
        int sent = 0;
        TurnWorld world = new() { Loses = (_, _, _) => ++sent > 0 };
        TurnWorldClient client = world.AddClient(options: TurnWorld.Credentials() with { IsStream = isStream });
        client.Core.Allocate(world.Now);
        Assert.True(world.RunUntil(() => client.Core.State == TurnState.Failed, TimeSpan.FromMinutes(1)));
        Assert.Equal(new TurnFailure(TurnFailureKind.Timeout), client.Core.Failure);
        Assert.Equal(requests, sent);
        Assert.Equal(TimeSpan.FromSeconds(seconds), world.Now.SinceStart);
    }

    [Fact]
    public void What_was_sent_twice_does_not_measure_the_round_trip()
    {
        int sent = 0;
        TurnWorld world = new() { Loses = (_, to, _) => to == TurnWorld.ServerAddress && ++sent is 1 or 3 };
        TurnWorldClient client = world.Allocate();
        Assert.Equal(2, client.Core.Counters.Retransmissions);
        Assert.Null(client.Core.RoundTripTime);
    }

    [Theory]
    [InlineData("", "password")]
    [InlineData("alice", "")]
    [InlineData("al\tice", "password")]
    [InlineData("alice", "pass\u200Bword")]
    public void Credentials_that_no_server_can_know_are_not_sent(string username, string password)
    {
        TurnWorld world = new();
        TurnWorldClient client = world.AddClient(options: new TurnClientOptions { Username = username, Password = password });
        client.Core.Allocate(world.Now);
        world.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(TurnFailureKind.CredentialsUnusable, client.Core.Failure?.Kind);
        Assert.Empty(world.Server.Requests);
    }

    [Fact]
    public void Only_who_knows_the_password_grants_an_allocation()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.AddClient();
        bool isForged = false;
        world.Loses = (from, _, packet) =>
        {
            if (from != TurnWorld.ServerAddress || packet[0] != 1 || packet[1] != 3 || isForged) return false;
            isForged = true;
            packet[^20] ^= 1;
            Refinish(packet);
            return false;
        };
        client.Core.Allocate(world.Now);
        Assert.True(world.RunUntil(() => client.Core.Counters.Unauthenticated == 1, TimeSpan.FromSeconds(1)));
        Assert.Equal(TurnState.Allocating, client.Core.State);

        // The request is repeated as if nothing had come, and the server repeats its answer.
        Assert.True(world.RunUntil(() => client.Core.State == TurnState.Allocated, TimeSpan.FromSeconds(1)));
        Assert.Single(world.Server.Allocations);
    }

    [Fact]
    public void A_server_that_proves_nothing_is_left_with_the_code_that_it_said()
    {
        TurnWorld world = new(new TurnServerModelOptions { SignsErrors = false, Quota = 0 });
        TurnWorldClient client = world.AddClient();
        client.Core.Allocate(world.Now);
        world.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(new TurnFailure(TurnFailureKind.IntegrityFailed, 486), client.Core.Failure);
        Assert.True(client.Core.Counters.Unauthenticated > 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_server_is_asked_when_the_first_one_says_so(bool beforeCredentials)
    {
        TransportAddress other = TurnWorld.Address("203.0.113.2", 3479);
        TurnWorld world = new(new TurnServerModelOptions { AlternateServer = other, AlternateDomain = "b.example.org", RedirectsStrangers = beforeCredentials });
        TurnWorldClient client = world.AddClient();
        client.Core.Allocate(world.Now);
        Assert.True(world.RunUntil(() => client.Events.Count == 1, TimeSpan.FromSeconds(1)));
        Assert.Equal(new TurnEvent(TurnEventKind.AlternateServer, other, 300, "b.example.org"), client.Events[0]);
        Assert.Equal(TurnState.Idle, client.Core.State);

        // The model plays the other server too.
        world.Server.Options = new TurnServerModelOptions { Realm = "another realm" };
        client.Core.Allocate(world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(TurnState.Allocated, client.Core.State);
    }

    [Fact]
    public void Servers_that_point_at_each_other_are_left()
    {
        TurnWorld world = new(new TurnServerModelOptions { AlternateServer = TurnWorld.Address("203.0.113.2", 3478) });
        TurnWorldClient client = world.AddClient();
        int asked = 0;
        do
        {
            client.Core.Allocate(world.Now);
            asked++;
            world.RunFor(TimeSpan.FromSeconds(1));
        }
        while (client.Core.State == TurnState.Idle && asked < 100);
        Assert.Equal(new TurnFailure(TurnFailureKind.TooManyRedirections, 300), client.Core.Failure);
        Assert.Equal(4, asked);
    }

    [Fact]
    public void Once_the_client_has_said_who_it_is_nobody_else_sends_it_elsewhere()
    {
        TurnWorld world = new(new TurnServerModelOptions { AlternateServer = TurnWorld.Address("203.0.113.2", 3478), RedirectsStrangers = false, SignsErrors = false });
        TurnWorldClient client = world.AddClient();
        client.Core.Allocate(world.Now);
        world.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(new TurnFailure(TurnFailureKind.IntegrityFailed, 300), client.Core.Failure);
        Assert.DoesNotContain(TurnEventKind.AlternateServer, client.Kinds);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 0)]
    [InlineData(10, 764)]
    [InlineData(764, 10)]
    [InlineData(600, 600)]
    public void A_challenge_that_cannot_be_answered_ends_the_attempt(int realm, int nonce)
    {
        TurnClient client = new(TurnWorld.Credentials(), new SeededRandomSource(1));
        client.Allocate(MonotonicTime.Zero);
        StunTransactionId id = TakeRequest(client);
        byte[] answer = Message(StunMessageType.AllocateError, id, (ref StunWriter writer) =>
        {
            writer.WriteError(401, "Unauthorized"u8);
            if (realm > 0) writer.Write(StunAttributeType.Realm, new byte[realm]);
            if (nonce > 0) writer.Write(StunAttributeType.Nonce, new byte[nonce]);
        });
        client.TryHandlePacket(answer, MonotonicTime.Zero, out _, out _, out _);
        Assert.Equal(new TurnFailure(TurnFailureKind.InvalidResponse, 401), client.Failure);
    }

    [Fact]
    public void The_longest_challenge_that_is_answered_fits_into_a_packet()
    {
        TurnClient client = new(TurnWorld.Credentials(), new SeededRandomSource(1));
        client.Allocate(MonotonicTime.Zero);
        StunTransactionId id = TakeRequest(client);
        int nonce = LongTermCredential.MaxChallengeSize, realm = LongTermCredential.MaxTotalSize - nonce - TurnServerModelOptions.DefaultUsername.Length;
        byte[] answer = Message(StunMessageType.AllocateError, id, (ref StunWriter writer) =>
        {
            writer.WriteError(401, "Unauthorized"u8);
            writer.Write(StunAttributeType.Realm, new byte[realm]);
            writer.Write(StunAttributeType.Nonce, new byte[nonce]);
        });
        client.TryHandlePacket(answer, MonotonicTime.Zero, out _, out _, out _);
        Assert.InRange(client.WritePacket(new byte[TurnClient.MaxControlSize]), 1000, TurnClient.MaxControlSize - 40);
    }

    [Fact]
    public void An_answer_that_demands_what_nobody_understands_is_no_allocation()
    {
        TurnClient client = new(TurnWorld.Credentials(), new SeededRandomSource(1));
        client.Allocate(MonotonicTime.Zero);
        StunTransactionId id = TakeRequest(client);
        byte[] answer = Message(StunMessageType.AllocateSuccess, id, (ref StunWriter writer) =>
        {
            XorAddress.Write(ref writer, StunAttributeType.XorRelayedAddress, TurnWorld.ServerAddress, id);
            writer.Write((StunAttributeType)0x7FFF, 1u);
        });
        client.TryHandlePacket(answer, MonotonicTime.Zero, out _, out _, out _);
        Assert.Equal(new TurnFailure(TurnFailureKind.InvalidResponse), client.Failure);
    }

    [Fact]
    public void An_answer_without_an_address_is_no_allocation()
    {
        TurnClient client = new(TurnWorld.Credentials(), new SeededRandomSource(1));
        client.Allocate(MonotonicTime.Zero);
        byte[] answer = Message(StunMessageType.AllocateSuccess, TakeRequest(client), (ref StunWriter writer) => writer.Write(StunAttributeType.Lifetime, 600u));
        client.TryHandlePacket(answer, MonotonicTime.Zero, out _, out _, out _);
        Assert.Equal(new TurnFailure(TurnFailureKind.InvalidResponse), client.Failure);
    }

    [Fact]
    public void Answers_to_nothing_are_counted_and_do_nothing()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        byte[] answer = Message(StunMessageType.RefreshError, StunTransactionId.New(new SeededRandomSource(9)), (ref StunWriter writer) => writer.WriteError(437, "Gone"u8));
        Assert.False(client.Core.TryHandlePacket(answer, world.Now, out _, out _, out _));
        Assert.False(client.Core.TryHandlePacket(Encoding.ASCII.GetBytes("nothing that STUN knows"), world.Now, out _, out _, out _));
        Assert.Equal((1, 1), (client.Core.Counters.UnknownResponses, client.Core.Counters.Malformed));
        Assert.Equal(TurnState.Allocated, client.Core.State);
    }

    [Fact]
    public void A_relayed_address_of_the_wanted_family_is_asked_for()
    {
        TurnWorld world = new(new TurnServerModelOptions { RelayIPv6 = System.Net.IPAddress.Parse("2001:db8::1") });
        TurnWorldClient client = world.Allocate(options: TurnWorld.Credentials() with { RequestedFamily = TurnAddressFamily.IPv6 });
        Assert.True(client.Core.RelayedAddress!.Value.IsIPv6);
    }

    [Fact]
    public void The_password_is_in_no_text()
    {
        Assert.DoesNotContain(TurnServerModelOptions.DefaultPassword, TurnWorld.Credentials().ToString(), StringComparison.Ordinal);
    }

    private static StunTransactionId TakeRequest(TurnClient client)
    {
        byte[] buffer = new byte[TurnClient.MaxControlSize];
        Assert.True(StunMessage.TryParse(buffer.AsSpan(0, client.WritePacket(buffer)), out StunMessage request));
        return request.TransactionId;
    }

    private static byte[] Message(StunMessageType type, StunTransactionId id, WriteAttributes write)
    {
        byte[] buffer = new byte[4096];
        StunWriter writer = new(buffer, type, id);
        write(ref writer);
        return buffer[..writer.Finish([])];
    }

    private static void Refinish(byte[] packet)
    {
        uint crc = Crc32.Compute(packet.AsSpan(0, packet.Length - 8)) ^ StunMessage.FingerprintMask;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(packet.Length - 4), crc);
    }

    private delegate void WriteAttributes(ref StunWriter writer);
}
