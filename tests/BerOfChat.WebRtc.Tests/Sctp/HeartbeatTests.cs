using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Who still answers, and how long the way takes (RFC 9260 section 8).</summary>
public sealed class HeartbeatTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void An_idle_association_asks_about_every_thirty_seconds_and_measures_the_way()
    {
        EndpointPair pair = Open(TimeSpan.FromMilliseconds(100));
        pair.RunFor(TimeSpan.FromMinutes(10));
        PathMonitor path = pair.A.Association.Path;
        Assert.InRange(path.HeartbeatsSent, 18, 20);
        Assert.Equal(path.HeartbeatsSent, path.HeartbeatsAnswered);
        Assert.Equal(0, path.Unanswered);
        Assert.InRange(pair.A.Association.Sender.SmoothedRtt!.Value.TotalMilliseconds, 199, 201);
    }

    [Fact]
    public void Heartbeats_follow_a_way_that_gets_longer()
    {
        EndpointPair pair = Open(TimeSpan.FromMilliseconds(10));
        pair.Link.Conditions = new LinkConditions { Delay = TimeSpan.FromMilliseconds(400) };
        pair.RunFor(TimeSpan.FromMinutes(20));
        Assert.InRange(pair.A.Association.Sender.SmoothedRtt!.Value.TotalMilliseconds, 700, 801);
        Assert.True(pair.A.IsConnected && pair.B.IsConnected);
    }

    [Fact]
    public void A_busy_association_asks_nobody()
    {
        EndpointPair pair = Open(TimeSpan.FromMilliseconds(10));
        for (int i = 0; i < 60; i++)
        {
            pair.A.Send(0, DataChannelMessageKind.Text, "tick"u8);
            pair.RunFor(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(0, pair.A.Association.Path.HeartbeatsSent);
        Assert.InRange(pair.B.Association.Path.HeartbeatsSent, 18, 20);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_peer_that_answers_nothing_is_given_up_after_ten_repetitions(bool hasData)
    {
        EndpointPair pair = Open(TimeSpan.FromMilliseconds(10));
        pair.Link.Intercept = (_, _) => null;
        if (hasData) pair.A.Send(0, DataChannelMessageKind.Text, "is anybody there"u8);
        MonotonicTime start = pair.Now;
        Assert.True(pair.RunUntil(() => pair.EventsOfA.Exists(e => e.Kind == DataChannelEventKind.Disconnected), TimeSpan.FromMinutes(5)));
        Assert.Equal(SctpEnd.Unreachable, pair.EventsOfA.Find(e => e.Kind == DataChannelEventKind.Disconnected).End);
        Assert.Equal(SctpLimits.MaxUnanswered + 1, pair.A.Association.Path.Unanswered);
        Assert.InRange((pair.Now - start).TotalSeconds, 30, 150);
        Assert.Null(pair.A.NextTimeout);
    }

    [Fact]
    public void A_closed_window_is_no_silence()
    {
        EndpointPair pair = Open(TimeSpan.FromMilliseconds(10));
        pair.Reads = false;
        for (int i = 0; i < 100; i++) pair.A.Send(0, DataChannelMessageKind.Binary, new byte[64 * 1024]);
        pair.RunFor(TimeSpan.FromMinutes(30));
        Assert.True(pair.A.IsConnected && pair.B.IsConnected);
        pair.Reads = true;
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 100, s_patience));
    }

    [Fact]
    public void An_answer_to_a_question_that_was_not_asked_measures_nothing()
    {
        EndpointPair pair = Open(TimeSpan.FromMilliseconds(10));
        TimeSpan? before = pair.A.Association.Sender.SmoothedRtt;
        SctpPackets.Give(pair, pair.A, ChunkType.HeartbeatAck, [0, 1, 0, 20, .. new byte[16]]);
        Assert.Equal(before, pair.A.Association.Sender.SmoothedRtt);
        Assert.Equal(0, pair.A.Association.Path.HeartbeatsAnswered);
    }

    [Fact]
    public void A_heartbeat_is_answered_with_what_it_carries()
    {
        EndpointPair pair = Open(TimeSpan.FromMilliseconds(10));
        byte[] info = [0, 1, 0, 9, 1, 2, 3, 4, 5];
        SeenChunk answer = Assert.Single(SctpPackets.Give(pair, pair.A, ChunkType.Heartbeat, info));
        Assert.Equal(ChunkType.HeartbeatAck, answer.Type);
        Assert.Equal(info, answer.Value);
    }

    private static EndpointPair Open(TimeSpan delay)
    {
        EndpointPair pair = new(seed: 11, new LinkConditions { Delay = delay });
        pair.ConnectWithChannel(s_patience);
        return pair;
    }
}
