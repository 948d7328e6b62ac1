using System.Buffers.Binary;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Numbers that reach their end go on at zero: those of chunks and requests after 32 bits, those of messages after 16.</summary>
public sealed class NumberWrapTests
{
    /// <summary>With this seed A's first chunk has the number 0xFFFFFFED.</summary>
    private const int Seed = 19_570_079;

    private const uint FirstTsn = 0xFFFF_FFED;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    public static TheoryData<double, double> Networks => new() { { 0, 0 }, { 0.1, 0 }, { 0, 0.5 }, { 0.2, 0.3 } };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Chunks_go_on_behind_the_last_number(double loss, double reordering)
    {
        EndpointPair pair = Open(loss, reordering);
        byte[] message = new byte[200_000];
        new Random(1).NextBytes(message);
        pair.A.Send(0, DataChannelMessageKind.Binary, message);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1 && pair.A.Association.Sender.IsDrained, s_patience));
        Assert.True(pair.ReceivedByB[0].Payload.Span.SequenceEqual(message));
        Assert.InRange(pair.A.Association.Sender.LastAssignedTsn, 100u, 1000u);
    }

    [Fact]
    public void Messages_are_given_up_across_the_last_number()
    {
        EndpointPair pair = Open(0, 0, new ChannelReliability { MaxRetransmits = 0 });
        pair.Link.Conditions = pair.Link.Conditions with { Loss = 0.5 };
        for (int i = 0; i < 100; i++)
        {
            pair.A.Send(0, DataChannelMessageKind.Binary, BitConverter.GetBytes(i));
            pair.RunFor(TimeSpan.FromMilliseconds(100));
        }

        pair.Link.Conditions = pair.Link.Conditions with { Loss = 0 };
        Assert.True(pair.RunUntil(() => pair.A.Association.Sender.IsDrained, s_patience));
        int[] received = [.. pair.ReceivedByB.Select(m => BitConverter.ToInt32(m.Payload.Span))];
        Assert.Equal(received.Order(), received);
        Assert.InRange(received.Length, 20, 80);
    }

    [Fact]
    public void Streams_are_reset_across_the_last_number()
    {
        EndpointPair pair = Open(0.1, 0);
        pair.A.Close(0);
        // Each request has the next number, and the first has that of the first chunk.
        for (int i = 1; i <= 40; i++)
        {
            Assert.True(pair.RunUntil(() => Closed(pair.EventsOfA) == i && Closed(pair.EventsOfB) == i, s_patience), $"{i}");
            int channel = pair.A.Open("boc", "", isOrdered: true, negotiatedId: 0);
            pair.B.Open("boc", "", isOrdered: true, negotiatedId: 0);
            pair.A.Send(channel, DataChannelMessageKind.Text, "again"u8);
            Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == i, s_patience), $"{i}");
            pair.A.Close(channel);
        }

        static int Closed(List<DataChannelEvent> events) => events.Count(e => e.Kind == DataChannelEventKind.ChannelClosed);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.05, 0.2)]
    public void Messages_go_on_behind_the_last_number_of_their_stream(double loss, double reordering)
    {
        const int count = 70_000;
        EndpointPair pair = Open(loss, reordering);
        byte[] message = new byte[4];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(message, i);
            Assert.Equal(DataChannelSendStatus.Accepted, pair.A.Send(0, DataChannelMessageKind.Binary, message));
        }

        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == count, s_patience), $"{pair.ReceivedByB.Count}");
        Assert.Equal(Enumerable.Range(0, count), pair.ReceivedByB.Select(m => BinaryPrimitives.ReadInt32BigEndian(m.Payload.Span)));
    }

    [Fact]
    public void No_more_chunks_are_under_way_than_a_receiver_can_tell_apart_by_the_numbers_of_their_messages()
    {
        // Each may be a message of its own, and of two numbers of 16 bits the later one is known only if they lie less than half of all numbers apart.
        OutstandingRing ring = new(firstTsn: 1);
        while (!ring.IsFull) ring.Add(default);
        Assert.Equal((1 << 15) - 1, ring.Count);
    }

    [Fact]
    public void Messages_that_come_long_before_the_first_one_wait_for_it()
    {
        // More than half of all numbers, as somebody else may send.
        const int count = 60_000;
        SctpReceiver receiver = new(peerInitialTsn: 1, SctpLimits.MaxReceiveWindow);
        for (int i = 1; i < count; i++) Assert.Equal(DataVerdict.Taken, receiver.Handle(Message(i)));
        Assert.False(receiver.TryRead(out _));
        Assert.Equal(DataVerdict.Taken, receiver.Handle(Message(0)));
        for (int i = 0; i < count; i++)
        {
            Assert.True(receiver.TryRead(out SctpMessage message));
            Assert.Equal(i, BinaryPrimitives.ReadInt32BigEndian(message.Payload.ToArray()));
            message.Payload.Release();
        }

        static DataChunk Message(int number)
        {
            byte[] payload = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(payload, number);
            return new DataChunk { Tsn = 1 + (uint)number, StreamId = 0, MessageId = (ushort)number, PayloadProtocol = 53, Flags = DataFlags.Begin | DataFlags.End, Payload = payload };
        }
    }

    private static EndpointPair Open(double loss, double reordering, ChannelReliability? reliability = null)
    {
        EndpointPair pair = new(Seed, new LinkConditions { Delay = TimeSpan.FromMilliseconds(10), Loss = loss, Reordering = reordering });
        pair.A.Open("boc", "", reliability ?? ChannelReliability.Reliable, negotiatedId: 0);
        pair.B.Open("boc", "", reliability ?? ChannelReliability.Reliable, negotiatedId: 0);
        pair.Connect();
        Assert.Equal(FirstTsn - 1, pair.A.Association.Sender.LastAssignedTsn);
        Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience));
        return pair;
    }
}
