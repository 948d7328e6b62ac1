using BerOfChat.Simulation;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>When what has arrived is acknowledged, and in which packets.</summary>
public sealed class AcknowledgementTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly EndpointPair _pair = new(seed: 4);
    private readonly List<(LinkEnd From, IReadOnlyList<SeenChunk> Chunks)> _packets = [];

    public AcknowledgementTests()
    {
        _pair.ConnectWithChannel(s_patience);
        _pair.RunFor(TimeSpan.FromSeconds(1));
        _pair.Link.Intercept = (end, packet) =>
        {
            _packets.Add((end, SctpPackets.Read(packet)));
            return packet;
        };
    }

    [Fact]
    public void A_word_and_its_answer_take_one_packet_each_and_the_answer_acknowledges_the_word()
    {
        for (int i = 1; i <= 50; i++)
        {
            _pair.A.Send(0, DataChannelMessageKind.Text, "ping"u8);
            Assert.True(_pair.RunUntil(() => _pair.ReceivedByB.Count == i, s_patience));
            _pair.B.Send(0, DataChannelMessageKind.Text, "pong"u8);
            Assert.True(_pair.RunUntil(() => _pair.ReceivedByA.Count == i, s_patience));
        }

        Assert.Equal(100, _packets.Count);
        Assert.All(_packets.Skip(1), p => Assert.Equal([ChunkType.Sack, ChunkType.Data], p.Chunks.Select(c => c.Type)));
    }

    [Fact]
    public void A_word_that_nobody_answers_is_acknowledged_after_a_moment()
    {
        _pair.A.Send(0, DataChannelMessageKind.Text, "ping"u8);
        _pair.RunFor(_pair.Link.Conditions.Delay + SctpLimits.DelayedAck - TimeSpan.FromMilliseconds(1));
        Assert.Single(_packets);
        _pair.RunFor(TimeSpan.FromMilliseconds(1));
        Assert.Equal(ChunkType.Sack, Assert.Single(_packets[1].Chunks).Type);
        _pair.RunFor(_pair.Link.Conditions.Delay);
        Assert.Equal(0, _pair.A.Association.Sender.UnacknowledgedChunks);
    }

    [Fact]
    public void The_last_packet_of_a_burst_asks_for_its_acknowledgement_at_once()
    {
        _pair.A.Send(0, DataChannelMessageKind.Binary, new byte[3 * SctpLimits.MaxFragmentSize]);
        _pair.RunFor(2 * _pair.Link.Conditions.Delay);
        Assert.Equal([false, false, true], _packets.Where(p => p.From == LinkEnd.A).Select(p => ((DataFlags)Assert.Single(p.Chunks).Flags).HasFlag(DataFlags.Immediate)));
        Assert.Equal(0, _pair.A.Association.Sender.UnacknowledgedChunks);
    }
}
