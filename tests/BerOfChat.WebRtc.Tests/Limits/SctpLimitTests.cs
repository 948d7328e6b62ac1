using BerOfChat.Primitives;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Limits;

/// <summary>What a peer inside the association can make this side keep, and answer.</summary>
public sealed class SctpLimitTests
{
    private readonly byte[] _buffer = new byte[2048];

    [Fact]
    public void Tiny_chunks_are_charged_for_their_keeping_and_a_peer_that_ignores_the_window_is_cut_off()
    {
        SctpReceiver receiver = new(peerInitialTsn: 1);
        int accepted = 0;
        // Parts of a message that never ends, one byte each, in order: they must be kept.
        while (receiver.Handle(Part(tsn: (uint)(1 + accepted), accepted == 0 ? DataFlags.Begin : DataFlags.None)) == DataVerdict.Taken) Assert.True(++accepted < 1_000_000, "Nothing ends it.");
        Assert.InRange(accepted, 1, 2 * SctpLimits.ReceiveWindow / SctpLimits.ChunkOverhead);
    }

    [Fact]
    public void Messages_that_never_end_cost_the_same_however_many_wait_and_are_charged()
    {
        // Each fragment is of another message, of both kinds in turns and in no order, with numbers of the peer's choice.
        SctpReceiver receiver = new(peerInitialTsn: 1, isInterleaved: true);
        uint accepted = 0;
        DataVerdict verdict;
        do
        {
            uint scattered = unchecked(accepted * 2_654_435_761);
            DataFlags flags = (accepted % 2 == 0 ? DataFlags.Unordered : DataFlags.None) | (accepted % 3 == 0 ? DataFlags.Begin : DataFlags.None);
            verdict = receiver.Handle(new DataChunk { Tsn = 1 + accepted, StreamId = (ushort)(accepted % 5), MessageId = scattered, Fragment = accepted % 3 == 0 ? 0 : scattered | 1, PayloadProtocol = 51, Flags = flags, Payload = [1] });
        }
        while (verdict == DataVerdict.Taken && ++accepted < 1_000_000);
        Assert.Equal(DataVerdict.BeyondWindow, verdict);
        Assert.InRange((int)accepted, 1, 2 * SctpLimits.ReceiveWindow / SctpLimits.ChunkOverhead);
    }

    [Fact]
    public void A_window_grows_to_what_is_taken_in_a_round_trip_and_no_further()
    {
        SctpReceiver receiver = new(peerInitialTsn: 1);
        TimeSpan roundTrip = TimeSpan.FromMilliseconds(20);
        MonotonicTime now = MonotonicTime.Zero + roundTrip;
        uint tsn = 1;
        for (int taken = 512 * 1024; taken <= 8 * 1024 * 1024; taken *= 2, now += roundTrip)
        {
            for (int rest = taken; rest > 0;)
            {
                Assert.Equal(DataVerdict.Taken, receiver.Handle(Part(tsn++, DataFlags.Begin | DataFlags.End | DataFlags.Unordered)));
                Assert.True(receiver.TryRead(out SctpMessage message));
                receiver.Consume(message.WindowCharge);
                rest -= message.WindowCharge;
                message.Payload.Release();
                // A round begins with the first packet after the last one has ended.
                if (rest == taken - message.WindowCharge) receiver.EndOfPacket(roundTrip, now);
            }

            if (taken < 2 * 1024 * 1024) Assert.Equal(SctpLimits.ReceiveWindow, receiver.Window);
        }

        receiver.Handle(Part(tsn, DataFlags.None));
        receiver.EndOfPacket(roundTrip, now);
        Assert.InRange(receiver.Window, SctpLimits.MaxReceiveWindow - 1000, SctpLimits.MaxReceiveWindow);
    }

    [Fact]
    public void What_closes_a_gap_is_taken_beyond_the_window_and_what_comes_next_is_not()
    {
        SctpReceiver receiver = new(peerInitialTsn: 1);
        uint last = 2;
        while (receiver.Dropped == 0) Assert.True(receiver.Handle(Part(++last, DataFlags.None)) == DataVerdict.Taken && last < 1_000_000);
        Assert.Equal(DataVerdict.Taken, receiver.Handle(Part(2, DataFlags.None)));
        Assert.Equal(1, receiver.Dropped);
        Assert.Equal(DataVerdict.Taken, receiver.Handle(Part(last, DataFlags.None)));
        Assert.Equal(2, receiver.Dropped);
    }

    [Fact]
    public void Beyond_the_window_only_the_next_chunk_is_taken()
    {
        SctpReceiver receiver = new(peerInitialTsn: 1);
        for (uint tsn = 3; receiver.Dropped == 0; tsn += 1)
        {
            Assert.Equal(DataVerdict.Taken, receiver.Handle(Part(tsn, DataFlags.None)));
            Assert.True(tsn < 1_000_000, "The window never closes.");
        }

        Assert.Equal(receiver.Tsns.Unwrap(1) - 1, receiver.Tsns.Cumulative);
        Assert.Equal(DataVerdict.Taken, receiver.Handle(Part(1, DataFlags.Begin)));
        Assert.Equal(receiver.Tsns.Unwrap(1), receiver.Tsns.Cumulative);
    }

    [Fact]
    public void One_stream_too_many_is_none()
    {
        SctpReceiver receiver = new(peerInitialTsn: 1);
        for (ushort i = 0; i < SctpLimits.MaxIncomingStreams; i++)
        {
            Assert.Equal(DataVerdict.Taken, receiver.Handle(Part((uint)(1 + i), DataFlags.Begin | DataFlags.End, streamId: i)));
            if (receiver.TryRead(out SctpMessage message)) receiver.Consume(message.WindowCharge);
        }

        Assert.Equal(DataVerdict.UnknownStream, receiver.Handle(Part(5000, DataFlags.Begin | DataFlags.End, streamId: 60_000)));
        // A stream that was reset makes room for another.
        receiver.ResetStream(7);
        Assert.Equal(DataVerdict.Taken, receiver.Handle(Part(5001, DataFlags.Begin | DataFlags.End, streamId: 60_000)));
    }

    [Fact]
    public void One_range_of_chunks_too_many_is_dropped()
    {
        ReceivedTsns tsns = new(initialTsn: 1);
        long first = tsns.Unwrap(3)!.Value;
        for (int i = 0; i < SctpLimits.MaxReceivedRanges; i++) Assert.True(tsns.TryAdd(first + (2 * i)));
        Assert.False(tsns.TryAdd(first + (2 * SctpLimits.MaxReceivedRanges)));
        Assert.True(tsns.TryAdd(first + 1));
    }

    [Fact]
    public void A_chunk_too_far_ahead_is_not_believed()
    {
        ReceivedTsns tsns = new(initialTsn: 1);
        Assert.NotNull(tsns.Unwrap(SctpLimits.MaxTsnOffset));
        Assert.Null(new ReceivedTsns(initialTsn: 1).Unwrap(SctpLimits.MaxTsnOffset + 1));
    }

    [Fact]
    public void An_acknowledgement_names_so_many_gaps_and_repetitions_and_fits_a_packet()
    {
        ReceivedTsns tsns = new(initialTsn: 1);
        long first = tsns.Unwrap(3)!.Value;
        for (int i = 0; i < 1000; i++)
        {
            tsns.TryAdd(first + (2 * i));
            tsns.AddDuplicate(first + (2 * i));
        }

        PacketWriter writer = new(_buffer.AsSpan(0, SctpLimits.MaxPacketSize), 1);
        tsns.WriteSack(ref writer, 0);
        int length = writer.Finish();
        Assert.Equal(PacketWriter.HeaderSize + 16 + (4 * SctpLimits.MaxGapBlocks) + (4 * SctpLimits.MaxDuplicateTsns), length);
    }

    [Fact]
    public void A_flood_of_heartbeats_is_answered_by_a_few_and_a_large_one_by_none()
    {
        EndpointPair pair = Connected();
        for (int i = 0; i < 100; i++) pair.A.HandlePacket(Heartbeat(pair, 100), pair.Now);
        Assert.Equal(SctpLimits.MaxPendingControlChunks, CountChunks(pair.A, pair.Now, ChunkType.HeartbeatAck));
        pair.A.HandlePacket(Heartbeat(pair, SctpLimits.MaxEchoedChunkSize), pair.Now);
        Assert.Equal(0, CountChunks(pair.A, pair.Now, ChunkType.HeartbeatAck));
    }

    [Fact]
    public void One_channel_too_many_is_not_opened_and_its_stream_is_reset()
    {
        EndpointPair pair = Connected();
        int own = pair.A.Open("ours", "", isOrdered: true, null);
        Assert.True(pair.RunUntil(() => Announced(pair.EventsOfB) == 1, TimeSpan.FromSeconds(30)));
        for (int i = 1; i < DataChannelEndpoint.MaxChannels; i++) pair.B.Open("flood", "", isOrdered: true, null);
        Assert.Throws<InvalidOperationException>(() => pair.B.Open("one too many", "", isOrdered: true, null));
        pair.A.Open("meanwhile", "", isOrdered: true, null);
        Assert.True(pair.RunUntil(() => pair.A.DroppedMessages > 0 && Announced(pair.EventsOfA) == DataChannelEndpoint.MaxChannels - 2, TimeSpan.FromSeconds(30)));
        Assert.True(pair.A.TryGetChannel(own, out ChannelState? channel) && channel!.State == DataChannelState.Open);

        static int Announced(List<DataChannelEvent> events) => events.Count(e => e.Kind == DataChannelEventKind.ChannelAnnounced);
    }

    [Fact]
    public void A_channel_whose_name_is_more_than_is_left_for_names_is_not_opened_until_others_are_closed()
    {
        EndpointPair pair = Connected();
        string longest = new('x', ChannelOpenMessage.MaxTextSize);
        int fitting = DataChannelEndpoint.MaxNameBytes / ChannelOpenMessage.MaxSize;
        for (int i = 0; i < fitting; i++) pair.B.Open(longest, longest, ChannelReliability.Reliable, null);
        int refused = pair.B.Open(longest, longest, ChannelReliability.Reliable, null);
        Assert.True(pair.RunUntil(() => !pair.B.TryGetChannel(refused, out _), TimeSpan.FromSeconds(30)));
        Assert.Equal(fitting, pair.A.All.Count);
        Assert.All(pair.A.All, channel => Assert.Equal((longest, longest), (channel.Label, channel.Protocol)));

        pair.B.Close(pair.B.All.First().Handle);
        Assert.True(pair.RunUntil(() => pair.A.All.Count == fitting - 1 && pair.B.All.Count == fitting - 1, TimeSpan.FromSeconds(30)));
        pair.B.Open(longest, longest, ChannelReliability.Reliable, null);
        Assert.True(pair.RunUntil(() => pair.A.All.Count == fitting, TimeSpan.FromSeconds(30)));
    }

    private static DataChunk Part(uint tsn, DataFlags flags, ushort streamId = 0) => new() { Tsn = tsn, StreamId = streamId, MessageId = 0, PayloadProtocol = 51, Flags = flags, Payload = [1] };

    private static EndpointPair Connected()
    {
        EndpointPair pair = new(seed: 1);
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, TimeSpan.FromSeconds(5)));
        pair.Drain();
        return pair;
    }

    private static byte[] Heartbeat(EndpointPair pair, int size)
    {
        byte[] value = new byte[size];
        value[1] = 1;
        return HostilePackets.Wrap(pair.A, (byte)ChunkType.Heartbeat, value);
    }

    private int CountChunks(DataChannelEndpoint endpoint, MonotonicTime now, ChunkType type)
    {
        int count = 0;
        while (endpoint.WritePacket(_buffer, now) is > 0 and int length)
        {
            ChunkReader reader = new(_buffer.AsSpan(PacketWriter.HeaderSize, length - PacketWriter.HeaderSize));
            while (reader.TryRead(out Chunk chunk)) count += chunk.Type == type ? 1 : 0;
        }

        return count;
    }
}
