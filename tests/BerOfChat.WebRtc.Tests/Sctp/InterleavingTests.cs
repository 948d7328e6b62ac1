using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Messages of several streams that are under way at a time (RFC 8260), as seen on the wire and by the application.</summary>
public sealed class InterleavingTests
{
    private const int Second = 2;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Data_is_interleaved_when_both_sides_list_it_and_only_then(bool byA, bool byB)
    {
        EndpointPair pair = new(seed: 1, ofA: byA ? SctpForms.Interleaved : SctpExtensions.None, ofB: byB ? SctpForms.Interleaved : SctpExtensions.None);
        HashSet<ChunkType> seen = [];
        pair.Link.Intercept = (_, packet) =>
        {
            foreach (SeenChunk chunk in SctpPackets.Read(packet)) seen.Add(chunk.Type);
            return packet;
        };
        Open(pair, 0);
        pair.A.Send(0, DataChannelMessageKind.Text, "there"u8);
        pair.B.Send(0, DataChannelMessageKind.Text, "and back"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1 && pair.ReceivedByA.Count == 1, s_patience));
        Assert.Equal(byA && byB, seen.Contains(ChunkType.IData));
        Assert.Equal(!(byA && byB), seen.Contains(ChunkType.Data));
    }

    [Fact]
    public void The_first_fragment_names_what_it_carries_and_the_others_their_number()
    {
        EndpointPair pair = Connect();
        List<SeenChunk> sent = Collect(pair);
        pair.A.Send(0, DataChannelMessageKind.Binary, new byte[3000]);
        pair.A.Send(0, DataChannelMessageKind.Text, "one piece"u8);
        pair.Drain();
        Assert.Equal([PayloadProtocol.Binary, 1u, 2u, PayloadProtocol.Text], sent.Select(c => c.LastWord()));
        Assert.Equal([0u, 0u, 0u, 1u], sent.Select(c => c.MessageId()));
        Assert.Equal([2, 0, 1, 3], sent.Select(c => c.Flags & 7));
        Assert.All(sent, c => Assert.Equal(0, c.Value[6] | c.Value[7]));
    }

    [Fact]
    public void Ordered_and_unordered_messages_of_a_stream_are_numbered_each_by_themselves()
    {
        EndpointPair pair = new(seed: 2, ofA: SctpForms.Interleaved);
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience));
        List<SeenChunk> sent = Collect(pair);
        foreach (bool isUnordered in (bool[])[false, true, true, false, true])
            pair.A.Association.Send(new OutgoingMessage(0, PayloadProtocol.Binary, isUnordered, new BerOfChat.WebRtc.Buffers.BlockChain().Write([1])));
        pair.Drain();
        Assert.Equal([(false, 0u), (true, 0u), (true, 1u), (false, 1u), (true, 2u)], sent.Select(c => (c.DataFlags().HasFlag(DataFlags.Unordered), c.MessageId())));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_small_message_waits_for_a_large_one_on_another_channel_only_where_messages_are_not_interleaved(bool interleaves)
    {
        // A megabyte takes 8 seconds here.
        LinkConditions slow = new() { Delay = TimeSpan.FromMilliseconds(10), Bandwidth = 125_000 };
        EndpointPair pair = new(seed: 3, slow, interleaves ? SctpForms.Interleaved : SctpExtensions.None);
        Open(pair, 0, Second);
        pair.A.Send(0, DataChannelMessageKind.Binary, new byte[250_000]);
        pair.RunFor(TimeSpan.FromMilliseconds(500));
        pair.A.Send(1, DataChannelMessageKind.Text, "small"u8);
        pair.RunFor(TimeSpan.FromMilliseconds(500));
        Assert.Equal(interleaves ? 1 : 0, pair.ReceivedByB.Count);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 2, s_patience));
        Assert.Equal(interleaves ? 5 : 250_000, pair.ReceivedByB[0].Payload.Length);
    }

    [Fact]
    public void Streams_take_turns_packet_by_packet_whatever_the_size_of_their_messages()
    {
        EndpointPair pair = Connect(0, Second, 4);
        List<SeenChunk> sent = Collect(pair);
        pair.A.Send(0, DataChannelMessageKind.Binary, new byte[60_000]);
        for (int i = 0; i < 60; i++) pair.A.Send(1, DataChannelMessageKind.Binary, new byte[1000]);
        for (int i = 0; i < 600; i++) pair.A.Send(2, DataChannelMessageKind.Binary, new byte[100]);
        Assert.True(pair.RunUntil(() => pair.A.Association.Sender.IsDrained, s_patience));
        // As long as all of them have something to send, none gets more than a packet ahead.
        Dictionary<int, int> bytes = new() { [0] = 0, [Second] = 0, [4] = 0 };
        foreach (SeenChunk chunk in sent)
        {
            bytes[chunk.Stream()] += chunk.Value.Length;
            if (bytes.Values.Max() > 50_000) break;
        }

        Assert.InRange(bytes.Values.Min(), 40_000, 50_000);
    }

    [Fact]
    public void A_stream_used_again_numbers_its_messages_from_zero()
    {
        EndpointPair pair = Connect(0);
        pair.A.Send(0, DataChannelMessageKind.Text, "first use"u8);
        pair.A.Close(0);
        Assert.True(pair.RunUntil(() => pair.EventsOfA.Exists(e => e.Kind == DataChannelEventKind.ChannelClosed) && pair.EventsOfB.Exists(e => e.Kind == DataChannelEventKind.ChannelClosed), s_patience));
        int a = pair.A.Open("boc", "", isOrdered: true, negotiatedId: 0);
        pair.B.Open("boc", "", isOrdered: true, negotiatedId: 0);
        List<SeenChunk> sent = Collect(pair);
        pair.A.Send(a, DataChannelMessageKind.Text, "second use"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 2, s_patience));
        Assert.Equal(0u, Assert.Single(sent).MessageId());
    }

    [Fact]
    public void Word_of_a_message_that_was_given_up_between_others_goes_in_one_chunk()
    {
        EndpointPair pair = new(seed: 4, ofA: SctpForms.Interleaved);
        pair.A.Open("hasty", "", new ChannelReliability { MaxRetransmits = 0 }, negotiatedId: 0);
        pair.B.Open("hasty", "", new ChannelReliability { MaxRetransmits = 0 }, negotiatedId: 0);
        Open(pair, Second);
        int told = 0;
        pair.Link.Intercept = (end, packet) =>
        {
            IReadOnlyList<SeenChunk> chunks = SctpPackets.Read(packet);
            told += chunks.Count(c => c.Type == ChunkType.IForwardTsn);
            return end == LinkEnd.A && chunks.Any(c => c.Type == ChunkType.IData && c.Stream() == 0) ? null : packet;
        };
        pair.A.Send(0, DataChannelMessageKind.Binary, new byte[5000]);
        pair.A.Send(1, DataChannelMessageKind.Binary, new byte[5000]);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1 && pair.A.Association.Sender.IsDrained, s_patience));
        Assert.Equal(1, told);
    }

    [Fact]
    public void Messages_whose_parts_come_in_turns_are_put_together_without_a_copy()
    {
        const int Parts = 50, Rounds = 200;
        SctpReceiver receiver = new(peerInitialTsn: 1, isInterleaved: true);
        byte[] payload = new byte[1156];
        uint tsn = 0;
        // Blocks and rings come to their size.
        for (uint id = 0; id < Rounds; id++) Receive(id);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (uint id = Rounds; id < 2 * Rounds; id++) Receive(id);
        // Code that is not optimized makes objects of flags; a copy of a message costs as much again as its parts.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (Rounds * Parts * 2), 0, payload.Length / 2);

        void Receive(uint messageId)
        {
            for (uint part = 0; part < Parts; part++)
            {
                DataFlags flags = part switch { 0 => DataFlags.Begin, Parts - 1 => DataFlags.End, _ => DataFlags.None };
                foreach (ushort stream in (ReadOnlySpan<ushort>)[0, 2])
                {
                    DataChunk chunk = new() { Tsn = ++tsn, StreamId = stream, MessageId = messageId, Fragment = part, PayloadProtocol = PayloadProtocol.Binary, Flags = flags, Payload = payload };
                    Assert.True(receiver.Handle(chunk) == DataVerdict.Taken);
                }
            }

            while (receiver.TryRead(out SctpMessage message))
            {
                receiver.Consume(message.WindowCharge);
                message.Payload.Release();
            }
        }
    }

    private static EndpointPair Connect(params ushort[] streams)
    {
        EndpointPair pair = new(seed: 5, ofA: SctpForms.Interleaved);
        Open(pair, streams is [] ? [0] : streams);
        return pair;
    }

    private static void Open(EndpointPair pair, params ushort[] streams)
    {
        foreach (ushort stream in streams)
        {
            pair.A.Open("boc", "", isOrdered: true, negotiatedId: stream);
            pair.B.Open("boc", "", isOrdered: true, negotiatedId: stream);
        }

        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience));
    }

    // The data that A sends from now on.
    private static List<SeenChunk> Collect(EndpointPair pair)
    {
        List<SeenChunk> sent = [];
        pair.Link.Intercept = (end, packet) =>
        {
            if (end == LinkEnd.A) sent.AddRange(SctpPackets.Read(packet).Where(c => c.Type == ChunkType.IData));
            return packet;
        };
        return sent;
    }
}
