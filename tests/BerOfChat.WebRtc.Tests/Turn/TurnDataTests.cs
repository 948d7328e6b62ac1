using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Stun;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Tests.Turn;

/// <summary>Data to peers and from them, by indications and on channels (RFC 8656 sections 9 to 12).</summary>
public sealed class TurnDataTests
{
    private static readonly TransportAddress s_peer = TurnWorld.Address("192.0.2.200", 6000), s_stranger = TurnWorld.Address("192.0.2.201", 6001);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Data_goes_both_ways_whatever_its_length(bool isStream)
    {
        TurnWorld world = new(new TurnServerModelOptions { IsStream = isStream });
        TurnWorldClient client = world.Allocate(options: TurnWorld.Credentials() with { IsStream = isStream });
        TransportAddress relayed = client.Core.RelayedAddress!.Value;
        client.Core.Permit(s_peer, world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        for (int round = 0; round < 2; round++)
        {
            Assert.Equal(round == 0 ? 36 : 4, client.Core.GetOverhead(s_peer));
            for (int length = 0; length <= 9; length++)
            {
                byte[] data = [.. Enumerable.Range(1, length).Select(i => (byte)i)];
                Assert.True(world.Send(client, s_peer, data));
                world.SendFromPeer(s_peer, relayed, data);
            }

            world.RunFor(TimeSpan.FromSeconds(1));
            client.Core.Bind(s_peer, world.Now);
            world.RunFor(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(20, world.AtPeers.Count);
        Assert.Equal(20, client.Received.Count);
        Assert.All(world.AtPeers, (datagram, i) => Assert.Equal((relayed, s_peer, i % 10), (datagram.From, datagram.To, datagram.Data.Length)));
        Assert.All(client.Received, (datagram, i) => Assert.Equal((s_peer, i % 10), (datagram.Peer, datagram.Data.Length)));
        Assert.All(client.Received.Select(datagram => datagram.Data).Concat(world.AtPeers.Select(datagram => datagram.Data)), data => Assert.Equal(Enumerable.Range(1, data.Length).Select(i => (byte)i), data));
        Assert.Equal([TurnEventKind.Allocated, TurnEventKind.ChannelBound], client.Kinds);
        Assert.Equal(0, world.Server.Dropped);
    }

    [Fact]
    public void Two_clients_meet_at_their_relays()
    {
        TurnWorld world = new();
        TurnWorldClient a = world.Allocate(1), b = world.Allocate(2);
        a.Core.Bind(b.Core.RelayedAddress!.Value, world.Now);
        b.Core.Bind(a.Core.RelayedAddress!.Value, world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(world.Send(a, b.Core.RelayedAddress.Value, "hello"u8));
        Assert.True(world.Send(b, a.Core.RelayedAddress.Value, "you too"u8));
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal("hello"u8.ToArray(), Assert.Single(b.Received).Data);
        Assert.Equal("you too"u8.ToArray(), Assert.Single(a.Received).Data);
    }

    [Fact]
    public void Over_IPv6_an_indication_costs_48_bytes()
    {
        TurnWorld world = new(new TurnServerModelOptions { RelayIPv6 = System.Net.IPAddress.Parse("2001:db8::1") });
        TurnWorldClient client = world.Allocate(options: TurnWorld.Credentials() with { RequestedFamily = TurnAddressFamily.IPv6 });
        TransportAddress peer = TurnWorld.Address("2001:db8::77", 6000);
        client.Core.Permit(peer, world.Now);
        Assert.Equal(48, client.Core.GetOverhead(peer));
        Assert.True(world.Send(client, peer, "over six"u8));
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal("over six"u8.ToArray(), Assert.Single(world.AtPeers).Data);
    }

    [Fact]
    public void Peers_that_are_known_before_there_is_an_allocation_are_permitted_with_it()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.AddClient();
        client.Core.Permit(s_peer, world.Now);
        client.Core.Bind(s_stranger, world.Now);
        Assert.False(world.Send(client, s_peer, [1]));
        client.Core.Allocate(world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(world.Send(client, s_peer, [1]));
        Assert.Equal(4, client.Core.GetOverhead(s_stranger));
        Assert.Equal((2, 1), world.Server.Allocations.Single().CountAlive(world.Now));
    }

    [Fact]
    public void A_permission_counts_for_every_port_and_is_asked_for_once()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        for (ushort port = 1; port < 100; port++) client.Core.Permit(s_peer with { Port = port }, world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, world.Server.Requests[StunMessageType.CreatePermissionRequest]);
        Assert.True(world.Send(client, s_peer with { Port = 4711 }, [1]));
    }

    [Fact]
    public void To_whom_nothing_was_permitted_nothing_is_sent()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        Assert.False(world.Send(client, s_stranger, [1]));
    }

    [Fact]
    public void From_whom_nothing_was_permitted_nothing_is_taken()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        client.Core.Permit(s_peer, world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.False(client.Core.TryHandlePacket(DataIndication(s_stranger, [1, 2, 3]), world.Now, out _, out _, out _));
        Assert.False(client.Core.TryHandlePacket([0x40, 0, 0, 3, 1, 2, 3], world.Now, out _, out _, out _));
        Assert.Equal(2, client.Core.Counters.UnexpectedData);
        Assert.True(client.Core.TryHandlePacket(DataIndication(s_peer with { Port = 9 }, [1, 2, 3]), world.Now, out TransportAddress peer, out int offset, out int length));
        Assert.Equal((s_peer with { Port = 9 }, 36, 3), (peer, offset, length));
    }

    [Fact]
    public void A_peer_whom_the_server_forbids_is_named_and_left_alone()
    {
        TurnWorld world = new(new TurnServerModelOptions { IsForbidden = peer => peer == s_peer });
        TurnWorldClient client = world.Allocate();
        client.Core.Bind(s_peer, world.Now);
        client.Core.Bind(s_stranger, world.Now);
        world.RunFor(TimeSpan.FromHours(1));
        Assert.Single(client.Events, new TurnEvent(TurnEventKind.PermissionRefused, s_peer, 403));
        Assert.Equal(2, world.Server.Errors[403]);
        Assert.False(world.Send(client, s_peer, [1]));
        Assert.True(world.Send(client, s_stranger, [1]));
    }

    [Fact]
    public void A_peer_of_the_other_family_costs_no_request()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        TransportAddress peer = TurnWorld.Address("2001:db8::77", 6000);
        client.Core.Permit(peer, world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Contains(new TurnEvent(TurnEventKind.PermissionRefused, peer, 443), client.Events);
        Assert.DoesNotContain(StunMessageType.CreatePermissionRequest, world.Server.Requests.Keys);
    }

    [Fact]
    public void A_channel_that_is_refused_leaves_indications()
    {
        TurnWorld world = new(new TurnServerModelOptions { Refuse = type => type == StunMessageType.ChannelBindRequest ? 400 : 0 });
        TurnWorldClient client = world.Allocate();
        client.Core.Bind(s_peer, world.Now);
        world.RunFor(TimeSpan.FromMinutes(30));
        Assert.Equal(1, world.Server.Requests[StunMessageType.ChannelBindRequest]);
        Assert.False(client.Core.TryHandlePacket([0x40, 0, 0, 1, 7], world.Now, out _, out _, out _));
        Assert.Equal(36, client.Core.GetOverhead(s_peer));
        Assert.True(world.Send(client, s_peer, [1]));
    }

    [Fact]
    public void Peers_beyond_the_limits_are_counted_and_cost_nothing()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        for (int i = 0; i < 150; i++) client.Core.Bind(TurnWorld.Address($"198.18.0.{i}", 6000), world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((128, 16), world.Server.Allocations.Single().CountAlive(world.Now));
        Assert.Equal(22 + 134, client.Core.Counters.PeersRefused);
        Assert.False(world.Send(client, TurnWorld.Address("198.18.0.149", 6000), [1]));
    }

    [Fact]
    public void Each_channel_has_a_number_of_its_own_that_RFC_8656_allows()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        HashSet<int> numbers = [];
        for (int i = 0; i < TurnClientOptions.DefaultMaxChannels; i++) client.Core.Bind(TurnWorld.Address("192.0.2.200", 6000 + i), world.Now);
        world.RunFor(TimeSpan.FromMinutes(30));
        byte[] packet = new byte[64];
        for (int i = 0; i < TurnClientOptions.DefaultMaxChannels; i++)
        {
            Assert.Equal(5, client.Core.Seal(packet, TurnWorld.Address("192.0.2.200", 6000 + i), 1));
            int number = (packet[0] << 8) | packet[1];
            Assert.InRange(number, 0x4000, 0x4FFF);
            Assert.True(numbers.Add(number));
        }
    }

    [Fact]
    public void What_stands_behind_channel_data_in_a_datagram_is_not_data()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        client.Core.Bind(s_peer, world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(client.Core.TryHandlePacket([0x40, 0, 0, 3, 1, 2, 3, 0, 0, 0], world.Now, out TransportAddress peer, out int offset, out int length));
        Assert.Equal((s_peer, 4, 3), (peer, offset, length));
        Assert.False(client.Core.TryHandlePacket([0x40, 0, 0, 4, 1, 2, 3], world.Now, out _, out _, out _));
        Assert.Equal(1, client.Core.Counters.Malformed);
    }

    [Fact]
    public void Data_that_overtakes_the_answer_to_its_channel_is_taken()
    {
        TurnWorld world = new() { Loses = (_, _, packet) => packet[0] == 1 && packet[1] == 9 };
        TurnWorldClient client = world.Allocate();
        client.Core.Bind(s_peer, world.Now);
        world.RunFor(TimeSpan.FromMilliseconds(100));
        world.SendFromPeer(s_peer, client.Core.RelayedAddress!.Value, [7]);
        world.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Equal(36, client.Core.GetOverhead(s_peer));
        Assert.Equal([7], Assert.Single(client.Received).Data);
    }

    [Fact]
    public void Wrapping_and_unwrapping_allocate_nothing()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        client.Core.Bind(s_peer, world.Now);
        client.Core.Permit(s_stranger, world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        TurnClient core = client.Core;
        MonotonicTime now = world.Now;
        byte[] packet = new byte[1300], indication = DataIndication(s_stranger, new byte[1100]);
        long before = 0;
        for (int i = 0; i < 400; i++)
        {
            if (i == 200) before = GC.GetAllocatedBytesForCurrentThread();
            int sealedLength = core.Seal(packet, s_peer, 1200);
            if (core.GetOverhead(s_peer) != 4 || sealedLength != 1204 || core.Seal(packet, s_stranger, 1201) != 1240) Assert.Fail("Data was not wrapped.");
            core.Seal(packet, s_peer, 1200);
            if (!core.TryHandlePacket(packet.AsSpan(0, sealedLength), now, out _, out _, out _)) Assert.Fail("Channel data was not unwrapped.");
            if (!core.TryHandlePacket(indication, now, out _, out _, out _)) Assert.Fail("An indication was not unwrapped.");
            if (core.NextTimeout is null) Assert.Fail("Nothing would be renewed.");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Data_that_no_datagram_holds_is_a_mistake_of_the_caller()
    {
        TurnWorld world = new();
        TurnWorldClient client = world.Allocate();
        client.Core.Permit(s_peer, world.Now);
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Core.Seal(new byte[70_000], s_peer, TurnDatagrams.MaxDataSize + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Core.Seal(new byte[100], s_peer, 100));
    }

    private static byte[] DataIndication(TransportAddress peer, byte[] data)
    {
        byte[] buffer = new byte[data.Length + 100];
        StunTransactionId id = StunTransactionId.New(new SeededRandomSource(5));
        StunWriter writer = new(buffer, StunMessageType.DataIndication, id);
        XorAddress.Write(ref writer, StunAttributeType.XorPeerAddress, peer, id);
        writer.Write(StunAttributeType.Data, data);
        return buffer[..writer.Finish([])];
    }
}
