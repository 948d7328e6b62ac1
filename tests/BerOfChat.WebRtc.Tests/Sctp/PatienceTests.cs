using BerOfChat.Simulation;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>How long a peer may be silent, and what is sent twice without need.</summary>
public sealed class PatienceTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(30);

    [Fact]
    public void A_peer_that_answers_in_the_last_moment_is_kept_and_the_count_begins_anew()
    {
        EndpointPair pair = Open(new LinkConditions { Delay = TimeSpan.FromMilliseconds(20) });
        for (int round = 1; round <= 3; round++)
        {
            int silences = 0;
            // The count stands at its limit when an answer comes.
            SctpPackets.Lose(pair, LinkEnd.A, c => c.Type == ChunkType.Data && pair.A.Association.Path.Unanswered < SctpLimits.MaxUnanswered && silences++ >= 0);
            pair.A.Send(0, DataChannelMessageKind.Text, "is anybody there?"u8);
            Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == round, s_patience), $"{round}");
            Assert.True(pair.RunUntil(() => pair.A.Association.Path.Unanswered == 0, s_patience));
            Assert.InRange(silences, SctpLimits.MaxUnanswered, 2 * SctpLimits.MaxUnanswered);
        }

        Assert.True(pair.A.IsConnected);
    }

    [Fact]
    public void A_way_that_reorders_far_is_learnt_and_less_and_less_is_sent_twice()
    {
        EndpointPair pair = Open(new LinkConditions { Delay = TimeSpan.FromMilliseconds(50), Bandwidth = 2_000_000, QueueLimit = TimeSpan.FromSeconds(1), Reordering = 0.02, ReorderDelay = TimeSpan.FromMilliseconds(70) });
        List<long> needless = [];
        for (int part = 1; part <= 4; part++)
        {
            long before = pair.A.Association.Sender.Retransmissions;
            for (int i = 0; i < 40; i++) pair.A.Send(0, DataChannelMessageKind.Binary, new byte[50_000]);
            Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 40 * part, s_patience));
            needless.Add(pair.A.Association.Sender.Retransmissions - before);
        }

        Assert.True(needless[3] * 2 < needless[0], string.Join(", ", needless));
    }

    [Fact]
    public void What_waits_is_what_was_accepted_less_what_was_sent()
    {
        EndpointPair pair = Open(new LinkConditions { Delay = TimeSpan.FromMilliseconds(20) });
        for (int i = 0; i < 10; i++) pair.A.Send(0, DataChannelMessageKind.Binary, new byte[10_000]);
        Assert.Equal(100_000, pair.A.GetBufferedAmount(0));
        pair.Drain();
        Assert.Equal(100_000 - pair.A.Association.Sender.UnacknowledgedBytes, pair.A.GetBufferedAmount(0));
        Assert.InRange(pair.A.GetBufferedAmount(0), 80_000, 95_000);
        Assert.True(pair.RunUntil(() => pair.A.GetBufferedAmount(0) == 0, s_patience));
        // What was sent does not wait any more, though it has not arrived.
        Assert.True(pair.A.Association.Sender.UnacknowledgedBytes > 0);
    }

    private static EndpointPair Open(LinkConditions conditions)
    {
        EndpointPair pair = new(seed: 42, conditions);
        pair.ConnectWithChannel(s_patience);
        pair.RunFor(TimeSpan.FromSeconds(1));
        return pair;
    }
}
