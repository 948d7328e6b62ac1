using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Resetting streams, and using their ids again (RFC 6525, RFC 8831 section 6.7).</summary>
public sealed class StreamResetTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_reset_that_overtakes_its_data_waits_for_it_and_may_be_asked_for_again_under_the_next_number()
    {
        EndpointPair pair = Open();
        uint tsn = pair.A.Association.Sender.LastAssignedTsn;
        uint request = tsn + 1;
        Assert.Equal(6u, Ask(pair, request, lastTsn: tsn + 1));
        Assert.Equal(6u, Ask(pair, request, lastTsn: tsn + 1));
        Assert.Equal(6u, Ask(pair, request + 1, lastTsn: tsn + 1));
        IReadOnlyList<SeenChunk> said = SctpPackets.Give(pair, pair.B, ChunkType.Data, SctpPackets.Data(tsn + 1, 0, 0, PayloadProtocol.Text, "late"u8), flags: 3);
        Assert.Contains(said, c => c.Type == ChunkType.ReConfig && c.FirstParameter == 16 && c.Word(1) == request + 1 && c.Word(2) == 1);
        Assert.Equal(1u, Ask(pair, request + 1, lastTsn: tsn + 1));
        Assert.Equal(5u, Ask(pair, request + 9, lastTsn: tsn + 1));
        pair.Drain();
        Assert.Single(pair.ReceivedByB);

        static uint Ask(EndpointPair pair, uint request, uint lastTsn)
        {
            byte[] value = [0, 13, 0, 18, .. SctpPackets.Words(request, 0, lastTsn), 0, 0, 0, 0];
            return Assert.Single(SctpPackets.Give(pair, pair.B, ChunkType.ReConfig, value.AsSpan(0, 18)), c => c.Type == ChunkType.ReConfig && c.FirstParameter == 16).Word(2);
        }
    }

    [Theory]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public void A_request_that_data_channels_do_not_use_is_denied(byte parameter)
    {
        EndpointPair pair = Open();
        uint request = pair.A.Association.Sender.LastAssignedTsn + 1;
        byte[] value = [0, parameter, 0, 12, .. SctpPackets.Words(request, 0)];
        Assert.Equal(2u, Assert.Single(SctpPackets.Give(pair, pair.B, ChunkType.ReConfig, value)).Word(2));
    }

    [Theory]
    [InlineData("dcSCTP00")]
    [InlineData("KAME-BSD")]
    public void A_request_that_a_peer_of_a_kind_that_repeats_its_answers_puts_off_is_repeated_under_a_new_number(string kind)
    {
        EndpointPair pair = new(seed: 3);
        // Its cookie is of no use then; but B has begun a handshake too, and that one ends.
        pair.Link.Intercept = (end, packet) => end == LinkEnd.B ? SctpPackets.SignCookie(packet, kind) : packet;
        Open(pair);
        List<uint> numbers = [];
        // The first answer becomes "in progress", and stays so however often that number is asked for.
        PutOff(pair, numbers, asked => asked == numbers[0]);
        pair.A.Close(0);
        Assert.True(pair.RunUntil(() => Closed(pair.EventsOfA) && Closed(pair.EventsOfB), s_patience));
        Assert.Equal([numbers[0], numbers[0] + 1], numbers);
    }

    [Fact]
    public void A_request_that_any_other_peer_puts_off_is_repeated_as_it_was()
    {
        EndpointPair pair = Open();
        List<uint> numbers = [];
        PutOff(pair, numbers, _ => numbers.Count == 1);
        pair.A.Close(0);
        Assert.True(pair.RunUntil(() => Closed(pair.EventsOfA) && Closed(pair.EventsOfB), s_patience));
        Assert.Equal([numbers[0], numbers[0]], numbers);
    }

    [Fact]
    public void A_channel_closed_behind_a_large_message_asks_for_its_reset_behind_the_data_and_never_in_the_same_packet()
    {
        EndpointPair pair = Open();
        List<IReadOnlyList<SeenChunk>> packets = [];
        pair.Link.Intercept = (end, packet) =>
        {
            if (end == LinkEnd.A) packets.Add(SctpPackets.Read(packet));
            return packet;
        };
        pair.A.Send(0, DataChannelMessageKind.Binary, new byte[200_000]);
        pair.A.Close(0);
        Assert.True(pair.RunUntil(() => Closed(pair.EventsOfA) && Closed(pair.EventsOfB), s_patience));
        Assert.Equal(200_000, Assert.Single(pair.ReceivedByB).Payload.Length);

        IReadOnlyList<SeenChunk> asking = Assert.Single(packets, p => p.Any(IsRequest));
        Assert.DoesNotContain(asking, c => c.Type == ChunkType.Data);
        SeenChunk last = packets.SelectMany(p => p).Last(c => c.Type == ChunkType.Data);
        Assert.Equal(last.Word(0), asking.First(IsRequest).Word(3));
        Assert.Equal(packets.FindLastIndex(p => p.Contains(last)) + 1, packets.IndexOf(asking));

        static bool IsRequest(SeenChunk c) => c.Type == ChunkType.ReConfig && c.FirstParameter == 13;
    }

    [Fact]
    public void A_request_to_reset_one_stream_goes_in_front_of_the_data_of_another()
    {
        EndpointPair pair = new(seed: 6);
        int closing = pair.A.Open("closing", "", isOrdered: true, negotiatedId: null);
        int busy = pair.A.Open("busy", "", isOrdered: true, negotiatedId: null);
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.EventsOfB.Count(e => e.Kind == DataChannelEventKind.ChannelAnnounced) == 2, s_patience));
        bool hasShared = false;
        pair.Link.Intercept = (end, packet) =>
        {
            ChunkType[] types = [.. SctpPackets.Read(packet).Select(c => c.Type)];
            hasShared |= end == LinkEnd.A && types.Contains(ChunkType.ReConfig) && types[^1] == ChunkType.Data;
            return packet;
        };
        for (int i = 0; i < 20; i++) pair.A.Send(busy, DataChannelMessageKind.Binary, new byte[20_000]);
        pair.A.Send(closing, DataChannelMessageKind.Text, "last"u8);
        pair.A.Close(closing);
        Assert.True(pair.RunUntil(() => Closed(pair.EventsOfA) && Closed(pair.EventsOfB) && pair.ReceivedByB.Count == 21, s_patience));
        Assert.True(hasShared);
    }

    [Fact]
    public void A_stream_can_be_opened_anew_while_the_last_answer_to_the_peer_is_still_lost()
    {
        EndpointPair pair = new(seed: 4);
        int first = pair.A.Open("first", "", isOrdered: true, negotiatedId: null);
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.EventsOfB.Exists(e => e.Kind == DataChannelEventKind.ChannelAnnounced), s_patience));
        int lost = 0;
        SctpPackets.Lose(pair, LinkEnd.A, c => c.Type == ChunkType.ReConfig && c.FirstParameter == 16 && lost++ < 3);
        pair.A.Close(first);
        Assert.True(pair.RunUntil(() => Closed(pair.EventsOfA), s_patience));
        Assert.False(Closed(pair.EventsOfB));

        int second = pair.A.Open("second", "", isOrdered: true, negotiatedId: null);
        pair.A.Send(second, DataChannelMessageKind.Text, "hello"u8);
        Assert.True(pair.RunUntil(() => pair.EventsOfB.Count(e => e.Kind == DataChannelEventKind.ChannelAnnounced) == 2 && pair.ReceivedByB.Count == 1, s_patience));
        Assert.True(Closed(pair.EventsOfB));
        ChannelState channel = pair.B.GetChannel(pair.EventsOfB.FindLast(e => e.Kind == DataChannelEventKind.ChannelAnnounced).Channel);
        Assert.Equal(("second", (ushort)0), (channel.Label, channel.Id!.Value));

        pair.B.Send(channel.Handle, DataChannelMessageKind.Text, "and back"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByA.Count == 1, s_patience));
        pair.RunFor(TimeSpan.FromSeconds(30));
        Assert.Equal(3, Math.Min(lost, 3));
        Assert.Equal(DataChannelState.Open, channel.State);
    }

    [Fact]
    public void A_channel_closed_before_the_association_is_up_closes_at_the_peer_too()
    {
        EndpointPair pair = new(seed: 5);
        int channel = pair.A.Open("short", "", isOrdered: true, negotiatedId: null);
        pair.Connect();
        pair.A.Close(channel);
        Assert.True(pair.RunUntil(() => Closed(pair.EventsOfA) && Closed(pair.EventsOfB), s_patience));
    }

    [Fact]
    public void Channels_opened_and_closed_in_turn_on_any_rough_network_lose_nothing_from_every_seed()
    {
        foreach (int seed in Seeds.Take(60))
        {
            EndpointPair pair = EndpointPair.Rough(seed, TimeSpan.FromMilliseconds(200));
            Random random = new(seed);
            pair.Connect();
            const int rounds = 12;
            for (int round = 0; round < rounds; round++)
            {
                DataChannelEndpoint opener = random.Next(2) == 0 ? pair.A : pair.B;
                int handle = opener.Open($"{round}", "", isOrdered: true, negotiatedId: null);
                Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience), $"seed {seed}");
                opener.Send(handle, DataChannelMessageKind.Text, [(byte)round]);
                if (random.Next(2) == 0) pair.RunFor(TimeSpan.FromMilliseconds(random.Next(1000)));
                opener.Close(handle);
                int closed = round + 1;
                if (random.Next(3) > 0) Assert.True(pair.RunUntil(() => (opener == pair.A ? pair.EventsOfA : pair.EventsOfB).Count(IsClosed) == closed || random.Next(50) == 0, s_patience), $"seed {seed}, round {round}");
            }

            Assert.True(pair.RunUntil(() => pair.EventsOfA.Count(IsClosed) == rounds && pair.EventsOfB.Count(IsClosed) == rounds, TimeSpan.FromMinutes(5)),
                $"seed {seed}: {pair.EventsOfA.Count(IsClosed)} and {pair.EventsOfB.Count(IsClosed)} of {rounds} closed");
            int[] received = [.. pair.ReceivedByA.Concat(pair.ReceivedByB).Select(m => (int)m.Payload.Span[0]).Order()];
            Assert.True(received.SequenceEqual(Enumerable.Range(0, rounds)), $"seed {seed}: {string.Join(' ', received)}");
        }
    }

    // Notes A's requests, and turns B's answers into "in progress".
    private static void PutOff(EndpointPair pair, List<uint> numbers, Func<uint, bool> isPutOff) => pair.Link.Intercept = (end, packet) =>
    {
        if (end == LinkEnd.A) numbers.AddRange(SctpPackets.Read(packet).Where(c => c.Type == ChunkType.ReConfig && c.FirstParameter == 13).Select(c => c.Word(1)));
        if (end != LinkEnd.B || SctpPackets.Read(packet) is not [{ Type: ChunkType.ReConfig, FirstParameter: 16 } answer, ..] || !isPutOff(answer.Word(1))) return packet;
        byte[] altered = new byte[SctpLimits.MaxPacketSize];
        PacketWriter writer = new(altered, answer.Tag);
        writer.WriteChunk(ChunkType.ReConfig, 0, [.. answer.Value.AsSpan(0, 8), 0, 0, 0, 6]);
        return altered[..writer.Finish()];
    };

    private static EndpointPair Open() => Open(new EndpointPair(seed: 3));

    private static EndpointPair Open(EndpointPair pair)
    {
        pair.ConnectWithChannel(s_patience);
        return pair;
    }

    private static bool Closed(List<DataChannelEvent> events) => events.Exists(IsClosed);

    private static bool IsClosed(DataChannelEvent e) => e.Kind == DataChannelEventKind.ChannelClosed;
}
