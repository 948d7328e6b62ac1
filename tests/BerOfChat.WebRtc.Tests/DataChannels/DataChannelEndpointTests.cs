using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;

namespace BerOfChat.WebRtc.Tests.DataChannels;

public sealed class DataChannelEndpointTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(1160)]
    [InlineData(1161)]
    [InlineData(16_384)]
    [InlineData(65_536)]
    [InlineData(262_144)]
    public void A_message_of_any_size_arrives_whole(int size)
    {
        EndpointPair pair = Open(out int a, out _);
        byte[] message = new byte[size];
        new Random(size).NextBytes(message);
        foreach (DataChannelMessageKind kind in Enum.GetValues<DataChannelMessageKind>())
        {
            pair.ReceivedByB.Clear();
            Assert.Equal(DataChannelSendStatus.Accepted, pair.A.Send(a, kind, message));
            Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1, s_patience));
            Assert.Equal(kind, pair.ReceivedByB[0].Kind);
            Assert.True(pair.ReceivedByB[0].Payload.Span.SequenceEqual(message));
        }
    }

    [Fact]
    public void An_announced_channel_appears_at_the_peer_with_its_label_and_works_both_ways()
    {
        EndpointPair pair = new(seed: 1);
        int a = pair.A.Open("chat – ✓", "proto", isOrdered: true, negotiatedId: null);
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.EventsOfB.Exists(e => e.Kind == DataChannelEventKind.ChannelAnnounced), s_patience));
        ChannelState announced = pair.B.GetChannel(pair.EventsOfB.Find(e => e.Kind == DataChannelEventKind.ChannelAnnounced).Channel);
        Assert.Equal("chat – ✓", announced.Label);
        Assert.Equal("proto", announced.Protocol);
        Assert.Equal((ushort)0, announced.Id);

        pair.B.Send(announced.Handle, DataChannelMessageKind.Text, "hello"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByA.Count == 1, s_patience));
        Assert.Equal(a, pair.ReceivedByA[0].Channel);
    }

    [Fact]
    public void A_first_message_needs_one_round_trip_and_a_half()
    {
        EndpointPair pair = new(seed: 2);
        int a = pair.A.Open("boc", "", isOrdered: true, negotiatedId: 0);
        pair.B.Open("boc", "", isOrdered: true, negotiatedId: 0);
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.EventsOfA.Exists(e => e.Kind == DataChannelEventKind.ChannelOpened), s_patience));
        pair.A.Send(a, DataChannelMessageKind.Binary, [1]);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1, s_patience));
        Assert.True(pair.Now.SinceStart <= TimeSpan.FromMilliseconds(50), pair.Now.ToString());
    }

    [Fact]
    public void Any_rough_network_delivers_everything_once_and_in_order_from_every_seed()
    {
        foreach (int seed in Seeds.Take(60))
        {
            EndpointPair pair = EndpointPair.Rough(seed, TimeSpan.FromMilliseconds(300));
            Random random = new(seed);
            int[] a = [.. Enumerable.Range(0, 3).Select(i => pair.A.Open("boc", "", true, (ushort)i))];
            int[] b = [.. Enumerable.Range(0, 3).Select(i => pair.B.Open("boc", "", true, (ushort)i))];
            pair.Connect();
            Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience), $"seed {seed} does not connect");

            List<byte[]>[] sentByA = [[], [], []], sentByB = [[], [], []];
            for (int i = 0; i < 60; i++)
            {
                Send(pair.A, a, sentByA, random);
                Send(pair.B, b, sentByB, random);
                if (random.Next(4) == 0) pair.RunFor(TimeSpan.FromMilliseconds(random.Next(100)));
            }

            Assert.True(pair.RunUntil(() => pair.ReceivedByA.Count == 60 && pair.ReceivedByB.Count == 60, TimeSpan.FromMinutes(10)),
                $"seed {seed}: {pair.ReceivedByA.Count} and {pair.ReceivedByB.Count} of 60");
            pair.RunFor(TimeSpan.FromSeconds(30));
            AssertReceived(seed, pair.ReceivedByB, b, sentByA);
            AssertReceived(seed, pair.ReceivedByA, a, sentByB);
            Assert.True(pair.RunUntil(() => pair.A.Association.Sender.IsDrained && pair.B.Association.Sender.IsDrained, TimeSpan.FromMinutes(5)), $"seed {seed}");
        }
    }

    [Fact]
    public void A_slow_reader_closes_the_window_and_reading_opens_it_again()
    {
        EndpointPair pair = Open(out int a, out _);
        pair.Reads = false;
        byte[] message = new byte[64 * 1024];
        for (int i = 0; i < 160; i++) Assert.Equal(DataChannelSendStatus.Accepted, pair.A.Send(a, DataChannelMessageKind.Binary, message));
        pair.RunFor(TimeSpan.FromSeconds(20));
        long waiting = pair.A.GetBufferedAmount(a);
        Assert.True(waiting > 4 * 1024 * 1024, $"{waiting} bytes wait at the sender");

        pair.Reads = true;
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 160, s_patience), $"{pair.ReceivedByB.Count}");
        Assert.Equal(0, pair.A.GetBufferedAmount(a));
    }

    [Fact]
    public void A_closed_window_takes_no_more_however_long_it_is_probed_and_opens_at_once()
    {
        EndpointPair pair = Open(out int a, out _);
        pair.Reads = false;
        byte[] message = new byte[64 * 1024];
        for (int i = 0; i < 160; i++) pair.A.Send(a, DataChannelMessageKind.Binary, message);
        pair.RunFor(TimeSpan.FromMinutes(10));
        long taken = (160 * message.Length) - pair.A.GetBufferedAmount(a);
        Assert.True(taken <= 4 * 1024 * 1024, $"{taken} bytes were taken into a window of 4 MiB.");

        pair.Reads = true;
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 160, TimeSpan.FromSeconds(5)), $"{pair.ReceivedByB.Count}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_channel_closes_from_each_side_after_its_last_message_and_its_id_is_free_again(bool fromA)
    {
        EndpointPair pair = Open(out int a, out int b);
        DataChannelEndpoint closing = fromA ? pair.A : pair.B;
        closing.Send(fromA ? a : b, DataChannelMessageKind.Binary, new byte[100_000]);
        closing.Close(fromA ? a : b);
        Assert.True(pair.RunUntil(() => Closed(pair.EventsOfA) && Closed(pair.EventsOfB), s_patience));
        Assert.Single(fromA ? pair.ReceivedByB : pair.ReceivedByA);

        int again = pair.A.Open("boc", "", true, 0);
        pair.B.Open("boc", "", true, 0);
        pair.A.Send(again, DataChannelMessageKind.Text, "again"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Exists(m => m.Payload.Span.SequenceEqual("again"u8)), s_patience));

        static bool Closed(List<DataChannelEvent> events) => events.Exists(e => e.Kind == DataChannelEventKind.ChannelClosed);
    }

    [Fact]
    public void An_abort_ends_the_channels_of_the_peer()
    {
        EndpointPair pair = Open(out _, out _);
        pair.A.Abort("enough");
        Assert.True(pair.RunUntil(() => pair.EventsOfB.Exists(e => e.Kind == DataChannelEventKind.Disconnected), s_patience));
        Assert.Contains(pair.EventsOfB, e => e.Kind == DataChannelEventKind.ChannelClosed);
        Assert.Null(pair.A.NextTimeout);
        Assert.Null(pair.B.NextTimeout);
    }

    [Fact]
    public void A_message_larger_than_the_peer_accepts_is_refused()
    {
        EndpointPair pair = Open(out int a, out _);
        Assert.Equal(DataChannelSendStatus.TooLarge, pair.A.Send(a, DataChannelMessageKind.Binary, new byte[262_145]));
    }

    [Fact]
    public void Altered_packets_never_throw_and_never_deliver_altered_bytes()
    {
        Random random = new(1);
        EndpointPair pair = Open(out int a, out _);
        pair.Link.Intercept = (_, packet) =>
        {
            if (random.Next(8) == 0) packet[random.Next(packet.Length)] ^= (byte)(1 << random.Next(8));
            return packet;
        };
        byte[] message = new byte[3000];
        random.NextBytes(message);
        for (int i = 0; i < 100; i++) pair.A.Send(a, DataChannelMessageKind.Binary, message);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 100, TimeSpan.FromMinutes(10)),
            $"{pair.ReceivedByB.Count} of 100");
        Assert.All(pair.ReceivedByB, m => Assert.True(m.Payload.Span.SequenceEqual(message)));
    }

    [Fact]
    public void Valid_packets_with_hostile_chunks_never_throw()
    {
        Random random = new(2);
        byte[] packet = new byte[1400];
        for (int i = 0; i < 30_000; i++)
        {
            EndpointPair pair = i % 3000 == 0 ? Open(out _, out _) : s_shared ?? Open(out _, out _);
            s_shared = pair;
            byte[] sample = new byte[16 + random.Next(200)];
            random.NextBytes(sample);
            BerOfChat.WebRtc.Sctp.ChunkType[] types = Enum.GetValues<BerOfChat.WebRtc.Sctp.ChunkType>();
            pair.B.HandlePacket(HostilePackets.Wrap(pair.B, (byte)types[random.Next(types.Length)], sample), pair.Now);
            while (pair.B.WritePacket(packet, pair.Now) > 0)
            {
            }

            if (!pair.B.IsConnected) s_shared = null;
        }
    }

    private static EndpointPair? s_shared;

    private static EndpointPair Open(out int a, out int b)
    {
        EndpointPair pair = new(seed: 3);
        a = pair.A.Open("boc", "", isOrdered: true, negotiatedId: 0);
        b = pair.B.Open("boc", "", isOrdered: true, negotiatedId: 0);
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience));
        return pair;
    }

    private static void Send(DataChannelEndpoint endpoint, int[] channels, List<byte[]>[] sent, Random random)
    {
        int channel = random.Next(channels.Length);
        byte[] message = new byte[random.Next(5) == 0 ? random.Next(20_000) : random.Next(300)];
        random.NextBytes(message);
        Assert.Equal(DataChannelSendStatus.Accepted, endpoint.Send(channels[channel], DataChannelMessageKind.Binary, message));
        sent[channel].Add(message);
    }

    private static void AssertReceived(int seed, List<TestMessage> received, int[] channels, List<byte[]>[] sent)
    {
        for (int i = 0; i < channels.Length; i++)
        {
            byte[][] got = [.. received.Where(m => m.Channel == channels[i]).Select(m => m.Payload.ToArray())];
            Assert.True(got.Length == sent[i].Count && got.Zip(sent[i]).All(p => p.First.AsSpan().SequenceEqual(p.Second)), $"seed {seed}, channel {i}");
        }
    }
}
