using System.Buffers.Binary;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Messages that are given up (RFC 3758): by how often they were sent, or by their age.</summary>
public abstract class PartialReliabilityContract
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private protected abstract SctpExtensions Extensions { get; }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_lost_message_is_sent_again_as_often_as_its_channel_says_and_then_given_up(ushort limit)
    {
        EndpointPair pair = Connect(new ChannelReliability { MaxRetransmits = limit });
        int sent = 0;
        pair.Link.Intercept = (end, packet) =>
        {
            if (end != LinkEnd.A || SctpPackets.Read(packet).All(c => !c.IsData)) return packet;
            sent++;
            return null;
        };
        Send(pair, "lost"u8);
        pair.RunFor(TimeSpan.FromSeconds(60));
        Assert.Equal(1 + limit, sent);
        Assert.Equal(0, pair.A.Association.Sender.UnacknowledgedChunks);

        pair.Link.Intercept = null;
        Send(pair, "next"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1, s_patience));
        Assert.True(pair.ReceivedByB[0].Payload.Span.SequenceEqual("next"u8));
    }

    [Fact]
    public void A_message_that_got_too_old_on_the_way_or_in_the_queue_is_given_up_and_leaves_the_queue()
    {
        EndpointPair pair = Connect(new ChannelReliability { MaxPacketLifeTime = TimeSpan.FromMilliseconds(500) });
        pair.Link.Intercept = (end, packet) => end == LinkEnd.A && SctpPackets.Read(packet).Any(c => c.IsData) ? null : packet;
        for (int i = 0; i < 40; i++) Send(pair, new byte[1000]);
        pair.Drain();
        Assert.True(pair.A.GetBufferedAmount(0) > 0);
        pair.RunFor(TimeSpan.FromSeconds(30));
        Assert.Equal(0, pair.A.GetBufferedAmount(0));
        Assert.Equal(0, pair.A.Association.Sender.UnacknowledgedChunks);
        Assert.Empty(pair.ReceivedByB);

        pair.Link.Intercept = null;
        Send(pair, "young"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1, s_patience));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_message_of_which_a_part_was_sent_is_given_up_whole(bool isOrdered)
    {
        EndpointPair pair = Connect(new ChannelReliability { IsOrdered = isOrdered, MaxPacketLifeTime = TimeSpan.FromMilliseconds(100) });
        Send(pair, "first"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1, s_patience));
        // Larger than what may leave at once, and then nothing is heard for a while: all that was sent had arrived, the rest is too old.
        pair.Link.Intercept = (end, packet) => end == LinkEnd.B ? null : packet;
        Send(pair, new byte[100_000]);
        pair.RunFor(TimeSpan.FromMilliseconds(200));
        pair.Link.Intercept = null;
        Send(pair, "last"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 2, s_patience));
        Assert.True(pair.ReceivedByB[1].Payload.Span.SequenceEqual("last"u8));
        pair.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(0, pair.A.Association.Sender.UnacknowledgedChunks);
        Assert.Equal(SctpLimits.ReceiveWindow, pair.B.Association.ReceiveWindow);
    }

    [Fact]
    public void The_peer_is_told_again_until_it_has_heard()
    {
        EndpointPair pair = Connect(new ChannelReliability { MaxRetransmits = 0 });
        int told = 0;
        pair.Link.Intercept = (end, packet) =>
        {
            IReadOnlyList<SeenChunk> chunks = SctpPackets.Read(packet);
            if (end == LinkEnd.A && chunks.Any(c => c.IsData)) return null;
            return end == LinkEnd.A && chunks.Any(c => c.IsForwardTsn) && ++told < 4 ? null : packet;
        };
        Send(pair, "lost"u8);
        Assert.True(pair.RunUntil(() => told == 4 && pair.A.Association.Sender.UnacknowledgedChunks == 0, s_patience), $"{told}");
    }

    [Fact]
    public void A_channel_is_reset_only_when_nothing_of_it_can_be_given_up_any_more()
    {
        // Word of a message that was given up, behind the reset, would skip the first message of the stream's next use.
        EndpointPair pair = Connect(new ChannelReliability { MaxRetransmits = 0 });
        pair.A.Open("busy", "", isOrdered: true, negotiatedId: 2);
        pair.B.Open("busy", "", isOrdered: true, negotiatedId: 2);
        pair.Link.Intercept = (end, packet) => end == LinkEnd.A && SctpPackets.Read(packet).Any(c => c.IsData) ? null : packet;
        Send(pair, "lost"u8);
        pair.RunFor(TimeSpan.FromMilliseconds(50));
        pair.Link.Intercept = null;
        pair.A.Close(0);
        bool hasAsked = false;
        pair.Link.Intercept = (end, packet) =>
        {
            if (end == LinkEnd.A && SctpPackets.Read(packet).Any(c => c.Type == ChunkType.ReConfig && c.FirstParameter == 13))
            {
                hasAsked = true;
                Assert.Equal(0, pair.A.Association.Sender.UnacknowledgedChunks);
            }

            return packet;
        };
        Assert.True(pair.RunUntil(() => pair.EventsOfA.Exists(e => e.Kind == DataChannelEventKind.ChannelClosed), s_patience));
        Assert.True(hasAsked);
    }

    [Fact]
    public void A_peer_that_does_not_know_of_giving_up_gets_every_message()
    {
        EndpointPair pair = new(seed: 8, ofA: Extensions);
        pair.Link.Intercept = (end, packet) => end == LinkEnd.B ? SctpPackets.ForgetForwardTsn(packet) : packet;
        Open(pair, new ChannelReliability { MaxRetransmits = 0 });
        int lost = 0;
        pair.Link.Intercept = (end, packet) => end == LinkEnd.A && SctpPackets.Read(packet).Any(c => c.IsData) && ++lost < 4 ? null : packet;
        Send(pair, "stubborn"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1, s_patience));
        Assert.Equal(4, lost);
    }

    [Fact]
    public void The_peer_learns_from_the_announcement_what_a_channel_promises()
    {
        ChannelReliability[] promises =
        [
            ChannelReliability.Reliable, new() { IsOrdered = false }, new() { MaxRetransmits = 0 }, new() { IsOrdered = false, MaxRetransmits = 65_535 },
            new() { MaxPacketLifeTime = TimeSpan.Zero }, new() { IsOrdered = false, MaxPacketLifeTime = TimeSpan.FromMilliseconds(65_535) },
        ];
        EndpointPair pair = new(seed: 9, ofA: Extensions);
        foreach (ChannelReliability promise in promises) pair.A.Open("boc", "", promise, negotiatedId: null);
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.EventsOfB.Count(e => e.Kind == DataChannelEventKind.ChannelAnnounced) == promises.Length, s_patience));
        Assert.Equal(promises, pair.B.All.OrderBy(c => c.Id).Select(c => c.Reliability));
    }

    [Fact]
    public void Whatever_is_given_up_on_any_rough_network_the_rest_arrives_whole_in_order_and_once_from_every_seed()
    {
        foreach (int seed in Seeds.Take(60))
        {
            Random random = new(seed);
            EndpointPair pair = new(seed, LinkConditions.Rough(seed, TimeSpan.FromMilliseconds(200)), Extensions);
            ChannelReliability[] promises = [.. Enumerable.Range(0, 4).Select(_ => Promise(random)), ChannelReliability.Reliable];
            int[] a = [.. promises.Select((p, i) => pair.A.Open("boc", "", p, negotiatedId: (ushort)i))];
            int[] b = [.. promises.Select((p, i) => pair.B.Open("boc", "", p, negotiatedId: (ushort)i))];
            pair.Connect();
            Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience), $"seed {seed}");
            List<byte[]>[] sent = [.. promises.Select(_ => new List<byte[]>())];
            for (int i = 0; i < 150; i++)
            {
                int channel = random.Next(promises.Length);
                byte[] message = new byte[random.Next(5) == 0 ? random.Next(4, 30_000) : random.Next(4, 500)];
                random.NextBytes(message);
                BinaryPrimitives.WriteInt32BigEndian(message, i);
                sent[channel].Add(message);
                Assert.Equal(DataChannelSendStatus.Accepted, pair.A.Send(a[channel], DataChannelMessageKind.Binary, message, pair.Now));
                if (random.Next(3) == 0) pair.RunFor(TimeSpan.FromMilliseconds(random.Next(300)));
            }

            Assert.True(pair.RunUntil(() => pair.A.Association.Sender.IsDrained && pair.ReceivedByB.Count(m => m.Channel == b[^1]) == sent[^1].Count, TimeSpan.FromMinutes(30)), $"seed {seed}: it does not end");
            for (int channel = 0; channel < promises.Length; channel++)
            {
                List<byte[]> received = [.. pair.ReceivedByB.Where(m => m.Channel == b[channel]).Select(m => m.Payload.ToArray())];
                int[] numbers = [.. received.Select(m => BinaryPrimitives.ReadInt32BigEndian(m))];
                Assert.True(numbers.Distinct().Count() == numbers.Length, $"seed {seed}: one came twice on {promises[channel]}");
                if (promises[channel].IsOrdered) Assert.True(numbers.SequenceEqual(numbers.Order()), $"seed {seed}: one came late on {promises[channel]}");
                Assert.All(received, m => Assert.Contains(sent[channel], s => s.AsSpan().SequenceEqual(m)));
            }

            Assert.True(pair.B.Association.ReceiveWindow == SctpLimits.ReceiveWindow, $"seed {seed}: something is still kept");
        }
    }

    private static ChannelReliability Promise(Random random) => random.Next(2) == 0
        ? new ChannelReliability { IsOrdered = random.Next(2) == 0, MaxRetransmits = (ushort)random.Next(4) }
        : new ChannelReliability { IsOrdered = random.Next(2) == 0, MaxPacketLifeTime = TimeSpan.FromMilliseconds(random.Next(1500)) };

    private EndpointPair Connect(ChannelReliability reliability) => Open(new EndpointPair(seed: 7, ofA: Extensions), reliability);

    private static EndpointPair Open(EndpointPair pair, ChannelReliability reliability)
    {
        pair.A.Open("boc", "", reliability, negotiatedId: 0);
        pair.B.Open("boc", "", reliability, negotiatedId: 0);
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience));
        return pair;
    }

    private static void Send(EndpointPair pair, ReadOnlySpan<byte> message) =>
        Assert.Equal(DataChannelSendStatus.Accepted, pair.A.Send(0, DataChannelMessageKind.Binary, message, pair.Now));
}

/// <summary>The contract with DATA and FORWARD TSN chunks.</summary>
public sealed class PartialReliabilityTests : PartialReliabilityContract
{
    private protected override SctpExtensions Extensions => SctpExtensions.None;
}

/// <summary>The contract with I-DATA and I-FORWARD-TSN chunks.</summary>
public sealed class InterleavedPartialReliabilityTests : PartialReliabilityContract
{
    private protected override SctpExtensions Extensions => SctpForms.Interleaved;
}
