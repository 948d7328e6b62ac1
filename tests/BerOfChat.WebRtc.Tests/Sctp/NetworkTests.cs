using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Transfers over networks of a certain kind. How fast they have to be is with the tests of congestion; here they have to end, and in a reasonable time.</summary>
public sealed class NetworkTests
{
    [Fact]
    public void A_narrow_path_is_used_to_nine_tenths_and_hardly_anything_is_sent_twice()
    {
        const int rate = 30_000, size = 600_000;
        EndpointPair pair = Open(new LinkConditions { Delay = TimeSpan.FromMilliseconds(30), Bandwidth = rate, QueueLimit = TimeSpan.FromSeconds(1) });
        MonotonicTime start = pair.Now;
        for (int i = 0; i < size / 10_000; i++) pair.A.Send(0, DataChannelMessageKind.Binary, new byte[10_000]);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == size / 10_000, TimeSpan.FromMinutes(5)));
        Assert.True(pair.Now - start < TimeSpan.FromSeconds(size / (0.9 * rate)) + TimeSpan.FromSeconds(1), $"{pair.Now - start}");
        Assert.InRange(pair.A.Association.Sender.Retransmissions, 0, 40);
    }

    [Fact]
    public void A_narrow_path_that_both_sides_fill_carries_both()
    {
        EndpointPair pair = Open(new LinkConditions { Delay = TimeSpan.FromMilliseconds(30), Bandwidth = 100_000, QueueLimit = TimeSpan.FromMilliseconds(300) });
        for (int i = 0; i < 100; i++)
        {
            pair.A.Send(0, DataChannelMessageKind.Binary, new byte[10_000]);
            pair.B.Send(0, DataChannelMessageKind.Binary, new byte[10_000]);
        }

        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 100 && pair.ReceivedByA.Count == 100, TimeSpan.FromSeconds(20)), $"{pair.ReceivedByB.Count} and {pair.ReceivedByA.Count}");
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.2)]
    [InlineData(0.3)]
    public void However_much_is_lost_both_ways_everything_arrives(double loss)
    {
        foreach (int seed in Seeds.Take(5))
        {
            EndpointPair pair = Open(new LinkConditions { Delay = TimeSpan.FromMilliseconds(20), Loss = loss }, seed);
            for (int i = 0; i < 50; i++)
            {
                pair.A.Send(0, DataChannelMessageKind.Binary, [(byte)i, .. new byte[2999]]);
                pair.B.Send(0, DataChannelMessageKind.Binary, [(byte)i, .. new byte[2999]]);
            }

            Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 50 && pair.ReceivedByA.Count == 50, TimeSpan.FromHours(1)), $"seed {seed}: {pair.ReceivedByB.Count} and {pair.ReceivedByA.Count}");
            foreach (List<TestMessage> received in (List<TestMessage>[])[pair.ReceivedByA, pair.ReceivedByB]) Assert.Equal(Enumerable.Range(0, 50), received.Select(m => (int)m.Payload.Span[0]));
        }
    }

    [Fact]
    public void The_largest_message_arrives_where_a_packet_in_twenty_is_lost()
    {
        EndpointPair pair = Open(new LinkConditions { Delay = TimeSpan.FromMilliseconds(40), Loss = 0.05, Reordering = 0.05 });
        byte[] message = new byte[DataChannelEndpoint.DefaultMaxIncomingMessage];
        new Random(2).NextBytes(message);
        pair.A.Send(0, DataChannelMessageKind.Binary, message);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1, TimeSpan.FromMinutes(1)));
        Assert.True(pair.ReceivedByB[0].Payload.Span.SequenceEqual(message));
    }

    [Fact]
    public void A_path_that_is_silent_for_less_than_the_patience_goes_on_soon_after()
    {
        EndpointPair pair = Open(new LinkConditions { Delay = TimeSpan.FromMilliseconds(20) });
        LinkConditions before = pair.Link.Conditions;
        for (int i = 0; i < 100; i++) pair.A.Send(0, DataChannelMessageKind.Binary, new byte[10_000]);
        pair.RunFor(TimeSpan.FromMilliseconds(30));
        pair.Link.Conditions = new LinkConditions { Loss = 1 };
        pair.RunFor(TimeSpan.FromSeconds(20));
        pair.Link.Conditions = before;
        // At most the longest pause of the timer, and the transfer itself.
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 100, TimeSpan.FromSeconds(12)), $"{pair.ReceivedByB.Count}");
    }

    [Fact]
    public void Without_anything_to_say_nothing_is_said_but_a_question_now_and_then()
    {
        EndpointPair pair = Open(new LinkConditions { Delay = TimeSpan.FromMilliseconds(20) });
        pair.A.Send(0, DataChannelMessageKind.Text, "last"u8);
        pair.RunFor(TimeSpan.FromSeconds(5));
        long before = pair.Link.Sent;
        pair.RunFor(TimeSpan.FromMinutes(10));
        // Each side asks every thirty seconds and is answered.
        Assert.InRange(pair.Link.Sent - before, 2 * 2 * 18, 2 * 2 * 20);
    }

    private static EndpointPair Open(LinkConditions conditions, int seed = 1)
    {
        EndpointPair pair = new(seed, conditions);
        pair.ConnectWithChannel(TimeSpan.FromMinutes(5));
        return pair;
    }
}
