using BerOfChat.Simulation;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>How large packets become (RFC 8899).</summary>
public sealed class PathMtuTests
{
    private const int Messages = 100;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(1191, 1191)]
    [InlineData(1435, 1400)]
    [InlineData(8935, 8912)]
    [InlineData(65_535, SctpLimits.LargestPacketSize)]
    public void Packets_become_as_large_as_the_path_carries(int pathCarries, int packetSize)
    {
        EndpointPair pair = Open(pathCarries);
        int largest = 0, lost = 0;
        pair.Link.Intercept = (_, packet) =>
        {
            if (packet.Length <= pathCarries)
            {
                largest = Math.Max(largest, packet.Length);
                return packet;
            }

            lost++;
            Assert.Equal(ChunkType.Heartbeat, SctpPackets.Read(packet)[0].Type);
            return null;
        };
        Send(pair, Messages);
        Assert.Equal(packetSize, pair.A.Association.Path.Mtu.PacketSize);
        Assert.InRange(largest, packetSize - 3, packetSize);
        Assert.Equal(0, pair.A.Association.Sender.Retransmissions);
        // It asks three times, then lets it be.
        Assert.Equal(packetSize == SctpLimits.LargestPacketSize ? 0 : 3, lost);
    }

    [Fact]
    public void A_peer_that_is_none_of_ours_is_not_asked_for_more_than_everybody_takes()
    {
        EndpointPair pair = Open(SctpLimits.LargestPacketSize, SctpExtensions.None);
        int largest = 0;
        pair.Link.Intercept = (_, packet) =>
        {
            largest = Math.Max(largest, packet.Length);
            return packet;
        };
        Send(pair, Messages);
        Assert.Equal(1400, pair.A.Association.Path.Mtu.PacketSize);
        Assert.Equal(1400, largest);
    }

    [Fact]
    public void Who_has_little_to_send_asks_for_nothing()
    {
        EndpointPair pair = Open(SctpLimits.LargestPacketSize);
        for (int i = 0; i < 100; i++)
        {
            pair.A.Send(0, DataChannelMessageKind.Binary, new byte[16 * 1024]);
            Assert.True(pair.RunUntil(() => pair.A.Association.Sender.IsDrained, s_patience));
        }

        Assert.Equal(SctpLimits.MaxPacketSize, pair.A.Association.Path.Mtu.PacketSize);
    }

    [Fact]
    public void A_question_that_chance_has_lost_is_asked_again()
    {
        EndpointPair pair = Open(SctpLimits.LargestPacketSize);
        int asked = 0;
        pair.Link.Intercept = (_, packet) => SctpPackets.Read(packet)[0].Type == ChunkType.Heartbeat && ++asked < 3 ? null : packet;
        Send(pair, Messages);
        Assert.Equal(5, asked);
        Assert.Equal(SctpLimits.LargestPacketSize, pair.A.Association.Path.Mtu.PacketSize);
    }

    [Fact]
    public void Another_path_begins_with_small_packets_and_what_was_sent_in_large_ones_still_arrives()
    {
        EndpointPair pair = Open(SctpLimits.LargestPacketSize);
        Send(pair, Messages);
        for (int i = 0; i < Messages; i++) pair.A.Send(0, DataChannelMessageKind.Binary, new byte[64 * 1024]);
        pair.Drain();
        pair.Link.Intercept = (_, _) => null;
        pair.RunFor(TimeSpan.FromMilliseconds(100));

        // The network changes: everything under way is lost, and what asks not to be cut does not pass.
        int large = 0;
        pair.A.Association.Path.Mtu.Restart();
        pair.Link.Intercept = (from, packet) =>
        {
            if (packet.Length <= SctpLimits.MaxPacketSize) return packet;
            if (SctpPackets.Read(packet)[0].Type == ChunkType.Heartbeat) return null;
            large++;
            return packet;
        };
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 2 * Messages, s_patience));
        Assert.InRange(large, 1, 1000);
        large = 0;
        Send(pair, Messages);
        Assert.Equal(0, large);
    }

    [Fact]
    public void A_path_on_which_large_packets_vanish_later_gets_small_ones()
    {
        EndpointPair pair = Open(SctpLimits.LargestPacketSize);
        Send(pair, Messages);
        PathMtuSearch search = pair.A.Association.Path.Mtu;
        search.NoteSilence(pair.Now);
        search.NoteAnswer();
        search.NoteSilence(pair.Now);
        Assert.Equal(SctpLimits.LargestPacketSize, search.PacketSize);
        search.NoteSilence(pair.Now);
        Assert.Equal(SctpLimits.MaxPacketSize, search.PacketSize);
        Send(pair, Messages);
        Assert.Equal(SctpLimits.MaxPacketSize, search.PacketSize);
        pair.RunFor(TimeSpan.FromMinutes(2));
        Send(pair, Messages);
        Assert.Equal(SctpLimits.LargestPacketSize, search.PacketSize);
    }

    private static EndpointPair Open(int pathCarries, SctpExtensions? extensions = null)
    {
        EndpointPair pair = new(seed: 5, new LinkConditions { Delay = TimeSpan.FromMilliseconds(10) }, extensions ?? SctpExtensions.All, largestPacket: Math.Max(pathCarries, SctpLimits.LargestPacketSize));
        pair.ConnectWithChannel(s_patience);
        return pair;
    }

    private static void Send(EndpointPair pair, int messages)
    {
        int before = pair.ReceivedByB.Count;
        for (int i = 0; i < messages; i++)
        {
            pair.A.Send(0, DataChannelMessageKind.Binary, new byte[64 * 1024]);
            // Some at a time, so that there is time for questions.
            if (i % 10 == 9) Assert.True(pair.RunUntil(() => pair.A.Association.Sender.Queue.BufferedAmount < 128 * 1024, s_patience));
            if (i % 10 == 9) pair.RunFor(TimeSpan.FromMilliseconds(400));
        }

        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == before + messages, s_patience), $"{pair.ReceivedByB.Count - before} of {messages} have arrived.");
    }
}
