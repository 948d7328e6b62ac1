using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>The orderly end (RFC 9260 section 9.2).</summary>
public sealed class ShutdownTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    [Fact]
    public void Shutdown_delivers_everything_both_ways_and_then_ends_both_from_every_seed()
    {
        foreach (int seed in Seeds.Take(60))
        {
            EndpointPair pair = EndpointPair.Rough(seed, TimeSpan.FromMilliseconds(300));
            Random random = new(seed);
            pair.A.Open("boc", "", true, 0);
            pair.B.Open("boc", "", true, 0);
            pair.Connect();
            Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience), $"seed {seed}");
            int sentByA = random.Next(30), sentByB = random.Next(30);
            for (int i = 0; i < sentByA; i++) pair.A.Send(0, DataChannelMessageKind.Binary, new byte[random.Next(5000)]);
            for (int i = 0; i < sentByB; i++) pair.B.Send(0, DataChannelMessageKind.Binary, new byte[random.Next(5000)]);
            pair.RunFor(TimeSpan.FromMilliseconds(random.Next(200)));

            // One side, or both at once: the collision of two shutdowns.
            pair.A.Shutdown();
            if (seed % 2 == 0) pair.B.Shutdown();
            Assert.Equal(DataChannelSendStatus.NotOpen, pair.A.Send(0, DataChannelMessageKind.Text, "too late"u8));
            Assert.True(pair.RunUntil(() => End(pair.EventsOfA) is not null && End(pair.EventsOfB) is not null, s_patience), $"seed {seed}: {pair.A.Association.State} and {pair.B.Association.State}");
            Assert.True(pair.ReceivedByB.Count == sentByA && pair.ReceivedByA.Count == sentByB, $"seed {seed}: {pair.ReceivedByB.Count} of {sentByA}, {pair.ReceivedByA.Count} of {sentByB}");
            Assert.True(End(pair.EventsOfA)!.Value.End == SctpEnd.ShutDown && End(pair.EventsOfB)!.Value.End == SctpEnd.ShutDown, $"seed {seed}");
            Assert.Null(pair.A.NextTimeout);
        }
    }

    [Fact]
    public void A_shutdown_asked_for_before_the_association_is_up_waits_for_it()
    {
        EndpointPair pair = new(seed: 1);
        pair.A.Open("announced", "", true, null);
        pair.Connect();
        pair.A.Shutdown();
        Assert.True(pair.RunUntil(() => End(pair.EventsOfA) is not null && End(pair.EventsOfB) is not null, s_patience));
        Assert.Contains(pair.EventsOfB, e => e.Kind == DataChannelEventKind.ChannelAnnounced);
    }

    [Fact]
    public void A_peer_that_never_answers_the_shutdown_is_given_up()
    {
        EndpointPair pair = Open();
        pair.Link.Intercept = (_, _) => null;
        pair.A.Shutdown();
        Assert.True(pair.RunUntil(() => End(pair.EventsOfA) is not null, s_patience));
        Assert.Equal(SctpEnd.Unreachable, End(pair.EventsOfA)!.Value.End);
    }

    [Fact]
    public void Data_that_comes_after_our_shutdown_is_acknowledged_and_answered_by_shutdown_again()
    {
        EndpointPair pair = Open();
        pair.A.Shutdown();
        Assert.Equal([ChunkType.Shutdown], SctpPackets.Take(pair, pair.A).Select(c => c.Type));
        uint tsn = pair.B.Association.Sender.LastAssignedTsn + 1;
        IReadOnlyList<SeenChunk> said = SctpPackets.Give(pair, pair.A, ChunkType.Data, SctpPackets.Data(tsn, 0, 0, PayloadProtocol.Text, "last"u8), flags: 3 | 8);
        Assert.Equal([ChunkType.Sack, ChunkType.Shutdown], said.Select(c => c.Type));
        Assert.Equal(tsn, said[1].Word(0));
        Assert.Equal(SctpState.ShutdownSent, pair.A.Association.State);
    }

    /// <summary>What each state makes of each chunk of the shutdown: state before, chunk, state after, chunks sent.</summary>
    [Theory]
    [InlineData("Established", "Shutdown", "ShutdownAckSent", "ShutdownAck")]
    [InlineData("Established", "ShutdownAck", "Established", "")]
    [InlineData("Established", "ShutdownComplete", "Established", "")]
    [InlineData("ShutdownPending", "Shutdown", "ShutdownReceived", "")]
    [InlineData("ShutdownPending", "ShutdownAck", "ShutdownPending", "")]
    [InlineData("ShutdownSent", "Shutdown", "ShutdownAckSent", "ShutdownAck")]
    [InlineData("ShutdownSent", "ShutdownAck", "Closed", "ShutdownComplete")]
    [InlineData("ShutdownSent", "ShutdownComplete", "ShutdownSent", "")]
    [InlineData("ShutdownReceived", "Shutdown", "ShutdownReceived", "")]
    [InlineData("ShutdownReceived", "ShutdownAck", "ShutdownReceived", "")]
    [InlineData("ShutdownAckSent", "Shutdown", "ShutdownAckSent", "ShutdownAck")]
    [InlineData("ShutdownAckSent", "ShutdownAck", "Closed", "ShutdownComplete")]
    [InlineData("ShutdownAckSent", "ShutdownComplete", "Closed", "")]
    [InlineData("ShutdownAckSent", "Init", "ShutdownAckSent", "ShutdownAck")]
    [InlineData("ClosedByShutdown", "ShutdownAck", "Closed", "ShutdownComplete")]
    [InlineData("ClosedByShutdown", "Shutdown", "Closed", "")]
    [InlineData("CookieWait", "Shutdown", "CookieWait", "")]
    [InlineData("CookieEchoed", "Shutdown", "CookieEchoed", "")]
    [InlineData("CookieEchoed", "ShutdownAck", "CookieEchoed", "ShutdownComplete")]
    public void Every_state_answers_every_chunk_of_the_shutdown(string before, string chunk, string after, string sent)
    {
        EndpointPair pair = Bring(before);
        SctpPackets.Take(pair, pair.A);
        ChunkType type = Enum.Parse<ChunkType>(chunk);
        byte[] value = type switch
        {
            ChunkType.Shutdown => SctpPackets.Words(unchecked(pair.A.Association.Sender.LastAssignedTsn - 1)),
            ChunkType.Init => [.. SctpPackets.Words(1, 100_000, 0x00100010, 1)],
            _ => [],
        };
        IReadOnlyList<SeenChunk> said = SctpPackets.Give(pair, pair.A, type, value);
        Assert.Equal(after, pair.A.Association.State.ToString());
        Assert.Equal(sent, string.Join(' ', said.Select(c => c.Type)));
    }

    /// <summary>Brings A into a state. Data of A that is never acknowledged holds the pending states.</summary>
    private static EndpointPair Bring(string state)
    {
        if (state is "CookieWait" or "CookieEchoed")
        {
            EndpointPair begun = new(seed: 2);
            SctpPackets.Lose(begun, LinkEnd.B, c => c.Type is ChunkType.CookieAck or ChunkType.CookieEcho || (state == "CookieWait" && c.Type == ChunkType.InitAck));
            begun.Connect();
            begun.RunFor(TimeSpan.FromSeconds(2));
            Assert.Equal(state, begun.A.Association.State.ToString());
            return begun;
        }

        EndpointPair pair = Open();
        pair.Link.Intercept = (_, _) => null;
        if (state is "ShutdownPending" or "ShutdownReceived") pair.A.Send(0, DataChannelMessageKind.Text, "never acknowledged"u8);
        pair.Drain();
        if (state is "ShutdownPending" or "ShutdownSent" or "ClosedByShutdown") pair.A.Shutdown();
        pair.Drain();
        uint before = unchecked(pair.A.Association.Sender.LastAssignedTsn - (state == "ShutdownReceived" ? 1u : 0u));
        if (state is "ShutdownReceived" or "ShutdownAckSent") SctpPackets.Give(pair, pair.A, ChunkType.Shutdown, SctpPackets.Words(before));
        if (state == "ClosedByShutdown") SctpPackets.Give(pair, pair.A, ChunkType.ShutdownAck, []);
        Assert.Equal(state == "ClosedByShutdown" ? "Closed" : state, pair.A.Association.State.ToString());
        return pair;
    }

    private static EndpointPair Open()
    {
        EndpointPair pair = new(seed: 3);
        pair.ConnectWithChannel(s_patience);
        pair.RunFor(TimeSpan.FromSeconds(1));
        return pair;
    }

    private static DataChannelEvent? End(List<DataChannelEvent> events) =>
        events.Exists(e => e.Kind == DataChannelEventKind.Disconnected) ? events.Find(e => e.Kind == DataChannelEventKind.Disconnected) : null;
}
