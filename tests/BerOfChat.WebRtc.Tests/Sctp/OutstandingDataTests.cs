using System.Buffers.Binary;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>What a sender makes of acknowledgements, true and untrue, each written by hand.</summary>
public sealed class OutstandingDataTests
{
    private const int Size = 1000;
    private const uint Wide = 1_000_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly EndpointPair _pair = new(seed: 24);
    private uint _tsn;

    public OutstandingDataTests()
    {
        ChannelReliability[] promises = [ChannelReliability.Reliable, new ChannelReliability { MaxRetransmits = 0 }];
        for (int i = 0; i < promises.Length; i++)
        {
            _pair.A.Open("boc", "", promises[i], (ushort)i);
            _pair.B.Open("boc", "", promises[i], (ushort)i);
        }

        _pair.Connect();
        Assert.True(_pair.RunUntil(() => _pair.A.IsConnected && _pair.B.IsConnected, s_patience));
        _pair.RunFor(TimeSpan.FromSeconds(1));
        _tsn = _pair.A.Association.Sender.LastAssignedTsn;
    }

    private SctpSender Sender => _pair.A.Association.Sender;

    [Fact]
    public void Of_three_the_two_that_are_acknowledged_are_done()
    {
        SendInVain(3);
        Acknowledge(2);
        Assert.Equal((Size, 1), (Sender.UnacknowledgedBytes, Sender.UnacknowledgedChunks));
        Acknowledge(3);
        Assert.True(Sender.IsDrained);
    }

    [Fact]
    public void The_example_of_RFC_9260_leaves_what_is_missing_there()
    {
        SendInVain(8);
        Acknowledge(3, (2, 3), (5, 5));
        Assert.Equal((2 * Size, 2), (Sender.UnacknowledgedBytes, Sender.UnacknowledgedChunks));
    }

    [Fact]
    public void Reported_ranges_free_the_flight_and_do_not_move_the_cumulative_number()
    {
        SendInVain(8);
        long before = Sender.CumulativeAcknowledged;
        Acknowledge(0, (2, 8));
        Assert.Equal(before, Sender.CumulativeAcknowledged);
        Assert.Equal(Size, Sender.UnacknowledgedBytes);
        // What was reported is kept until it is acknowledged for good: the receiver may take it back.
        Assert.False(Sender.IsDrained);
        Acknowledge(8);
        Assert.True(Sender.IsDrained);
    }

    [Fact]
    public void A_range_that_is_reported_again_and_again_counts_once()
    {
        SendInVain(8);
        for (int i = 0; i < 5; i++) Acknowledge(0, (3, 4));
        Assert.Equal(6 * Size, Sender.UnacknowledgedBytes);
        Acknowledge(4, (2, 2));
        Acknowledge(4, (2, 2));
        Assert.Equal(3 * Size, Sender.UnacknowledgedBytes);
    }

    [Fact]
    public void An_acknowledgement_that_is_older_than_the_last_changes_nothing()
    {
        SendInVain(8);
        Acknowledge(4);
        Acknowledge(2, (3, 6));
        Assert.Equal(4 * Size, Sender.UnacknowledgedBytes);
        Assert.Equal(Wide, Sender.PeerReceiveWindow);
        Give(2, window: 5, []);
        Assert.Equal(Wide, Sender.PeerReceiveWindow);
    }

    [Fact]
    public void An_equal_one_brings_a_new_window()
    {
        SendInVain(3);
        Acknowledge(1);
        Give(1, window: 77_777, []);
        Assert.Equal(77_777u, Sender.PeerReceiveWindow);
    }

    /// <summary>What was never sent cannot have arrived. Nothing of such a report is believed, true as the rest of it may be.</summary>
    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    [InlineData(0, 1, 9)]
    [InlineData(0, 2, 3, 5, 9)]
    [InlineData(4, 2, 5)]
    [InlineData(0, 2, 0xFFFF)]
    [InlineData(0, 0xFFFF, 0xFFFF)]
    [InlineData(0, 3, 2)]
    [InlineData(0, 2, 3, 6, 5)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 0, 3)]
    [InlineData(0, 2, 8, 2, 8)]
    [InlineData(0, 2, 5, 4, 8, 3, 7)]
    public void A_report_of_what_was_never_sent_or_makes_no_sense_changes_nothing(int cumulative, params int[] ranges)
    {
        SendInVain(8);
        (uint Window, long Acknowledged) before = (Sender.PeerReceiveWindow, Sender.CumulativeAcknowledged);
        Give(unchecked((uint)cumulative), window: 5, [.. ranges.Chunk(2).Select(r => (r[0], r[1]))]);
        Assert.Equal(8 * Size, Sender.UnacknowledgedBytes);
        Assert.Equal(before, (Sender.PeerReceiveWindow, Sender.CumulativeAcknowledged));
        Assert.True(_pair.RunUntil(() => _pair.ReceivedByB.Count == 8, s_patience));
    }

    [Fact]
    public void A_report_cut_short_changes_nothing()
    {
        SendInVain(8);
        byte[] whole = Sack(4, Wide, [(2, 3)]);
        for (int length = 0; length < whole.Length; length++) SctpPackets.Give(_pair, _pair.A, ChunkType.Sack, whole.AsSpan(0, length));
        Assert.Equal(8 * Size, Sender.UnacknowledgedBytes);
        SctpPackets.Give(_pair, _pair.A, ChunkType.Sack, whole);
        Assert.Equal(2 * Size, Sender.UnacknowledgedBytes);
    }

    [Fact]
    public void At_rest_only_the_last_number_that_was_sent_is_believed()
    {
        Give(0, window: 88_888, []);
        Assert.Equal(88_888u, Sender.PeerReceiveWindow);
        Give(1, window: 99_999, []);
        Give(uint.MaxValue, window: 99_999, []);
        Assert.Equal(88_888u, Sender.PeerReceiveWindow);
    }

    [Fact]
    public void What_is_missing_is_repeated_once_however_often_it_is_reported_missing_meanwhile()
    {
        SendInVain(8);
        List<(MonotonicTime At, uint Tsn)> sent = LoseAndNote();
        _pair.RunFor(TimeSpan.FromMilliseconds(20));
        for (int i = 2; i <= 8; i++)
        {
            SctpPackets.Receive(_pair.A, _pair.Now, ChunkType.Sack, Sack(0, Wide, [(2, i)]));
            _pair.RunFor(TimeSpan.FromMilliseconds(6));
        }

        Assert.Equal([_tsn + 1], sent.Select(s => s.Tsn));
    }

    [Fact]
    public void No_more_leaves_than_the_window_of_the_peer_holds()
    {
        Give(0, window: 3 * Size, []);
        for (int i = 0; i < 10; i++) _pair.A.Send(0, DataChannelMessageKind.Binary, new byte[Size]);
        Assert.Equal(3, CountData(SctpPackets.Take(_pair, _pair.A)));
        Assert.Equal(2, CountData(Give(2, window: 3 * Size, [])));
        // The window is what the peer has left: what is under way has to fit too.
        Assert.Equal(0, CountData(Give(3, window: Size, [])));
        Assert.Equal(1, CountData(Give(5, window: Size, [])));
        Assert.Equal(4, CountData(Give(6, window: Wide, [])));
    }

    [Fact]
    public void A_message_that_was_given_up_and_arrives_all_the_same_counts_once()
    {
        _pair.Link.Intercept = (end, packet) => end == LinkEnd.A && SctpPackets.Read(packet).Any(c => c.Type is ChunkType.Data or ChunkType.ForwardTsn) ? null : packet;
        _pair.A.Send(1, DataChannelMessageKind.Binary, new byte[Size]);
        _pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(0, Sender.UnacknowledgedBytes);
        _pair.A.Send(0, DataChannelMessageKind.Binary, new byte[Size]);
        _pair.Drain();
        Acknowledge(0, (1, 1));
        Assert.Equal(Size, Sender.UnacknowledgedBytes);
        Acknowledge(1);
        Assert.Equal(Size, Sender.UnacknowledgedBytes);
        Acknowledge(2);
        Assert.True(Sender.IsDrained);
        Assert.Equal(0, Sender.UnacknowledgedBytes);
    }

    [Fact]
    public void The_timer_counts_from_the_last_time_that_the_oldest_was_sent()
    {
        SendInVain(4);
        List<(MonotonicTime At, uint Tsn)> sent = LoseAndNote();
        _pair.RunFor(TimeSpan.FromMilliseconds(20));
        SctpPackets.Receive(_pair.A, _pair.Now, ChunkType.Sack, Sack(0, Wide, [(2, 4)]));
        TimeSpan rto = Sender.Rto;
        // The first of four is missing: it is repeated, sent once more as a probe, and then the timer expires.
        Assert.True(_pair.RunUntil(() => sent.Count == 3, s_patience));
        Assert.All(sent, s => Assert.Equal(_tsn + 1, s.Tsn));
        Assert.Equal(rto, sent[2].At - sent[1].At);
    }

    // So many messages, of which none arrives.
    private void SendInVain(int count)
    {
        _pair.Link.Intercept = (_, _) => null;
        for (int i = 0; i < count; i++) _pair.A.Send(0, DataChannelMessageKind.Binary, new byte[Size]);
        _pair.Drain();
        _pair.Link.Intercept = null;
        Assert.Equal(count * Size, Sender.UnacknowledgedBytes);
    }

    // From now on nothing of A arrives; what it sends is noted.
    private List<(MonotonicTime At, uint Tsn)> LoseAndNote()
    {
        List<(MonotonicTime, uint)> sent = [];
        _pair.Link.Intercept = (end, packet) =>
        {
            if (end == LinkEnd.A) sent.AddRange(SctpPackets.Read(packet).Where(c => c.Type == ChunkType.Data).Select(c => (_pair.Now, c.Word(0))));
            return null;
        };
        return sent;
    }

    private IReadOnlyList<SeenChunk> Acknowledge(uint cumulative, params (int First, int Last)[] ranges) => Give(cumulative, Wide, ranges);

    private IReadOnlyList<SeenChunk> Give(uint cumulative, uint window, (int First, int Last)[] ranges) => SctpPackets.Give(_pair, _pair.A, ChunkType.Sack, Sack(cumulative, window, ranges));

    // The cumulative number counts from the last one before the test.
    private byte[] Sack(uint cumulative, uint window, (int First, int Last)[] ranges)
    {
        byte[] value = [.. SctpPackets.Words(unchecked(_tsn + cumulative), window), .. new byte[4 + (4 * ranges.Length)]];
        BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(8), (ushort)ranges.Length);
        for (int i = 0; i < ranges.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(12 + (4 * i)), (ushort)ranges[i].First);
            BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(14 + (4 * i)), (ushort)ranges[i].Last);
        }

        return value;
    }

    private static int CountData(IReadOnlyList<SeenChunk> chunks) => chunks.Count(c => c.Type == ChunkType.Data);
}
