using System.Buffers.Binary;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>How many acknowledgements there are (RFC 9260 section 6.2): one for two packets while all is well, one for each while something is missing.</summary>
public sealed class AcknowledgementPaceTests
{
    private const int Packets = 100;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly EndpointPair _pair = new(seed: 41, new LinkConditions { Delay = TimeSpan.FromMilliseconds(10), Bandwidth = 1_000_000, QueueLimit = TimeSpan.FromSeconds(10) });
    private readonly List<SeenChunk> _sacks = [];
    private int _sent;

    public AcknowledgementPaceTests()
    {
        _pair.ConnectWithChannel(s_patience);
        _pair.RunFor(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Two_packets_are_acknowledged_together_while_nothing_is_missing()
    {
        Transfer(_ => false);
        Assert.InRange(_sacks.Count, Packets / 2, (Packets / 2) + 5);
        Assert.All(_sacks, s => Assert.Equal(0u, s.Word(2)));
    }

    [Fact]
    public void While_something_is_missing_each_packet_is_acknowledged_and_says_what()
    {
        Transfer(number => number == 20);
        SeenChunk[] withGap = [.. _sacks.Where(s => s.Word(2) >> 16 == 1)];
        Assert.NotEmpty(withGap);
        // The range begins behind the missing one, and grows by one packet each time.
        Assert.All(withGap, s => Assert.Equal(2, BinaryPrimitives.ReadUInt16BigEndian(s.Value.AsSpan(12))));
        Assert.Equal(Enumerable.Range(2, withGap.Length), withGap.Select(s => (int)BinaryPrimitives.ReadUInt16BigEndian(s.Value.AsSpan(14))));
    }

    [Fact]
    public void What_comes_again_is_acknowledged_at_once_and_named_once()
    {
        uint tsn = _pair.A.Association.Sender.LastAssignedTsn + 1;
        byte[] data = SctpPackets.Data(tsn, 0, 0, PayloadProtocol.Text, "x"u8);
        Assert.Empty(SctpPackets.Give(_pair, _pair.B, ChunkType.Data, data, flags: 3));
        SeenChunk first = Assert.Single(SctpPackets.Give(_pair, _pair.B, ChunkType.Data, data, flags: 3));
        Assert.Equal((tsn, 1u, tsn), (first.Word(0), first.Word(2), first.Word(3)));
        SeenChunk second = Assert.Single(SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(tsn + 1, 0, 1, PayloadProtocol.Text, "y"u8), flags: 3 | 8));
        Assert.Equal((tsn + 1, 0u), (second.Word(0), second.Word(2)));
    }

    private void Transfer(Func<int, bool> isLost)
    {
        _pair.Link.Intercept = (end, packet) =>
        {
            IReadOnlyList<SeenChunk> chunks = SctpPackets.Read(packet);
            if (end == LinkEnd.B) _sacks.AddRange(chunks.Where(c => c.Type == ChunkType.Sack));
            return end == LinkEnd.A && chunks.Any(c => c.Type == ChunkType.Data) && isLost(++_sent) ? null : packet;
        };
        _pair.A.Send(0, DataChannelMessageKind.Binary, new byte[Packets * SctpLimits.MaxFragmentSize]);
        Assert.True(_pair.RunUntil(() => _pair.ReceivedByB.Count == 1 && _pair.A.Association.Sender.IsDrained, s_patience));
    }
}
