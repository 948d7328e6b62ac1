using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>How an association comes up (RFC 9260 section 5): both sides begin, and anything on the way may get lost, late or old.</summary>
public sealed class AssociationSetupTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly EndpointPair _pair = new(seed: 21);
    private readonly List<(LinkEnd From, SeenChunk Chunk)> _seen = [];

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(25)]
    [InlineData(700)]
    public void Two_that_begin_at_different_times_come_up_once_with_what_each_has_said_first(int milliseconds)
    {
        Watch();
        _pair.A.Connect(isDtlsClient: true, 262_144, 5000, _pair.Now);
        _pair.RunFor(TimeSpan.FromMilliseconds(milliseconds));
        _pair.B.Connect(isDtlsClient: false, 262_144, 5000, _pair.Now);
        AssertCarriesData();
        Assert.Single(_pair.EventsOfA, e => e.Kind == DataChannelEventKind.Connected);
        Assert.Single(_pair.EventsOfB, e => e.Kind == DataChannelEventKind.Connected);
        AssertOneIdentityEach();
    }

    [Theory]
    [InlineData(nameof(ChunkType.Init), 1)]
    [InlineData(nameof(ChunkType.Init), 4)]
    [InlineData(nameof(ChunkType.InitAck), 1)]
    [InlineData(nameof(ChunkType.InitAck), 4)]
    [InlineData(nameof(ChunkType.CookieEcho), 1)]
    [InlineData(nameof(ChunkType.CookieEcho), 4)]
    [InlineData(nameof(ChunkType.CookieAck), 1)]
    [InlineData(nameof(ChunkType.CookieAck), 4)]
    public void Whatever_of_the_handshake_is_lost_is_repeated_as_it_was(string lost, int times)
    {
        ChunkType type = Enum.Parse<ChunkType>(lost);
        foreach (LinkEnd[] losers in (LinkEnd[][])[[LinkEnd.A], [LinkEnd.B], [LinkEnd.A, LinkEnd.B]])
        {
            EndpointPair pair = new(seed: 22);
            Dictionary<LinkEnd, int> count = [];
            List<(LinkEnd From, SeenChunk Chunk)> seen = [];
            pair.Link.Intercept = (end, packet) =>
            {
                IReadOnlyList<SeenChunk> chunks = SctpPackets.Read(packet);
                seen.AddRange(chunks.Select(c => (end, c)));
                return losers.Contains(end) && chunks.Any(c => c.Type == type) && (count[end] = count.GetValueOrDefault(end) + 1) <= times ? null : packet;
            };
            pair.Connect();
            AssertCarriesData(pair);
            AssertOneIdentityEach(seen);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_association_comes_up_from_the_first_answer_as_from_the_second(bool first)
    {
        List<byte[]> answers = [];
        BeAskedAlone(packet =>
        {
            answers.Add(packet);
            return null;
        });
        Assert.True(_pair.RunUntil(() => answers.Count == 2, s_patience));
        _pair.Link.Intercept = null;
        _pair.A.HandlePacket(answers[first ? 0 : 1], _pair.Now);
        _pair.A.HandlePacket(answers[first ? 1 : 0], _pair.Now);
        AssertCarriesData();
    }

    [Fact]
    public void Until_the_cookie_is_answered_one_packet_of_data_leaves_with_it_and_everything_else_right_after()
    {
        for (int i = 0; i < 40; i++) _pair.A.Open($"{i}{new string('x', 1000)}", "", isOrdered: true, negotiatedId: null);
        bool answers = false;
        BeAskedAlone(packet => packet, acknowledgesCookie: () => answers);
        _pair.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(SctpState.CookieEchoed, _pair.A.Association.State);
        IEnumerable<SeenChunk> data = _seen.Where(s => s.From == LinkEnd.A && s.Chunk.Type == ChunkType.Data).Select(s => s.Chunk);
        int echoes = _seen.Count(s => s.From == LinkEnd.A && s.Chunk.Type == ChunkType.CookieEcho);
        Assert.True(echoes > 3, $"{echoes}");
        Assert.InRange(data.Select(c => c.Word(0)).Distinct().Count(), 1, echoes);

        answers = true;
        Assert.True(_pair.RunUntil(() => _pair.EventsOfB.Count(e => e.Kind == DataChannelEventKind.ChannelAnnounced) == 40, s_patience));
    }

    [Fact]
    public void An_INIT_that_nobody_answers_is_repeated_at_doubling_intervals_up_to_three_seconds()
    {
        List<MonotonicTime> sent = [];
        _pair.Link.Intercept = (_, packet) =>
        {
            Assert.Equal(ChunkType.Init, Assert.Single(SctpPackets.Read(packet)).Type);
            sent.Add(_pair.Now);
            return null;
        };
        _pair.A.Connect(isDtlsClient: true, 262_144, 5000, _pair.Now);
        _pair.RunFor(TimeSpan.FromSeconds(20));
        double[] pauses = [.. sent.Zip(sent.Skip(1), (one, next) => (next - one).TotalSeconds)];
        Assert.Equal([0.5, 1, 2, 3, 3], pauses.Take(5));
        Assert.Equal(SctpState.CookieWait, _pair.A.Association.State);
    }

    [Fact]
    public void A_peer_that_begins_anew_inside_the_same_encryption_is_refused_and_told()
    {
        Connect();
        uint tag = _pair.B.Association.Handshake.LocalTag;
        SeenChunk answer = Assert.Single(SctpPackets.Give(_pair, _pair.B, ChunkType.Init, [.. SctpPackets.Words(0xABCD, 100_000, 0x0010_0010, 1)]));
        Assert.Equal((ChunkType.InitAck, 0xABCDu, tag), (answer.Type, answer.Tag, answer.Word(0)));
        // A question alone changes nothing.
        Assert.Equal(SctpState.Established, _pair.B.Association.State);
        AssertCarriesData();

        SeenChunk abort = Assert.Single(SctpPackets.Give(_pair, _pair.B, ChunkType.CookieEcho, CookieOf(answer)));
        Assert.Equal((ChunkType.Abort, SctpCauseCode.ProtocolViolation), (abort.Type, abort.Cause!.Value));
        _pair.Drain();
        Assert.Contains(_pair.EventsOfB, e => e is { Kind: DataChannelEventKind.Disconnected, End: SctpEnd.ProtocolFailure });
    }

    [Fact]
    public void A_cookie_with_one_wrong_bit_anywhere_changes_nothing_and_is_not_answered()
    {
        _pair.B.Connect(isDtlsClient: false, 262_144, 5000, _pair.Now);
        SctpPackets.Take(_pair, _pair.B);
        byte[] cookie = CookieOf(Assert.Single(SctpPackets.Give(_pair, _pair.B, ChunkType.Init, [.. SctpPackets.Words(0xABCD, 100_000, 0x0010_0010, 1)])));
        for (int i = 0; i < cookie.Length * 8; i++)
        {
            byte[] forged = [.. cookie];
            forged[i / 8] ^= (byte)(1 << (i % 8));
            Assert.Empty(SctpPackets.Give(_pair, _pair.B, ChunkType.CookieEcho, forged));
        }

        Assert.Empty(SctpPackets.Give(_pair, _pair.B, ChunkType.CookieEcho, cookie.AsSpan(0, cookie.Length - 4)));
        Assert.Equal(SctpState.CookieWait, _pair.B.Association.State);
        Assert.Equal((cookie.Length * 8) + 1, _pair.B.Association.DroppedPackets);
        Assert.Contains(SctpPackets.Give(_pair, _pair.B, ChunkType.CookieEcho, cookie), c => c.Type == ChunkType.CookieAck);
        Assert.Equal(SctpState.Established, _pair.B.Association.State);
    }

    [Fact]
    public void A_cookie_that_comes_again_is_answered_again_and_begins_nothing()
    {
        byte[] echo = [];
        _pair.Link.Intercept = (end, packet) =>
        {
            if (end == LinkEnd.A && SctpPackets.Read(packet).Any(c => c.Type == ChunkType.CookieEcho)) echo = packet;
            return packet;
        };
        Connect();
        AssertCarriesData();
        _pair.B.HandlePacket(echo, _pair.Now);
        Assert.Contains(SctpPackets.Take(_pair, _pair.B), c => c.Type == ChunkType.CookieAck);
        Assert.Equal(SctpState.Established, _pair.B.Association.State);
        AssertCarriesData();
    }

    [Fact]
    public void Two_come_up_and_announce_their_channels_however_much_is_lost_from_every_seed()
    {
        foreach (int seed in Seeds.Take(40))
        {
            EndpointPair pair = new(seed, LinkConditions.Rough(seed, TimeSpan.FromMilliseconds(200)) with { Loss = 0.4 });
            pair.A.Open("of a", "", isOrdered: true, negotiatedId: null);
            pair.B.Open("of b", "", isOrdered: true, negotiatedId: null);
            pair.Connect();
            Assert.True(pair.RunUntil(() => Has(pair.EventsOfA) && Has(pair.EventsOfB), TimeSpan.FromMinutes(10)), $"seed {seed}");
        }

        static bool Has(List<DataChannelEvent> events) => events.Exists(e => e.Kind == DataChannelEventKind.ChannelAnnounced);
    }

    private void Watch() => _pair.Link.Intercept = (end, packet) =>
    {
        _seen.AddRange(SctpPackets.Read(packet).Select(c => (end, c)));
        return packet;
    };

    private void Connect()
    {
        _pair.Connect();
        Assert.True(_pair.RunUntil(() => _pair.A.IsConnected && _pair.B.IsConnected, s_patience));
        _pair.RunFor(TimeSpan.FromSeconds(1));
    }

    // Only A's handshake gets through: B's own INIT and COOKIE ECHO are lost.
    private void BeAskedAlone(Func<byte[], byte[]?> answer, Func<bool>? acknowledgesCookie = null)
    {
        _pair.Link.Intercept = (end, packet) =>
        {
            IReadOnlyList<SeenChunk> chunks = SctpPackets.Read(packet);
            _seen.AddRange(chunks.Select(c => (end, c)));
            if (end == LinkEnd.A) return chunks.Any(c => c.Type == ChunkType.InitAck) ? null : packet;
            if (chunks.Any(c => c.Type is ChunkType.Init or ChunkType.CookieEcho)) return null;
            if (chunks.Any(c => c.Type == ChunkType.InitAck)) return answer(packet);
            return acknowledgesCookie?.Invoke() == false ? null : packet;
        };
        _pair.Connect();
    }

    private void AssertCarriesData() => AssertCarriesData(_pair);

    private static void AssertCarriesData(EndpointPair pair)
    {
        int before = pair.EventsOfB.Count(e => e.Kind == DataChannelEventKind.ChannelAnnounced), received = pair.ReceivedByB.Count;
        Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience));
        int channel = pair.A.Open("boc", "", isOrdered: true, negotiatedId: null);
        pair.A.Send(channel, DataChannelMessageKind.Binary, new byte[5000]);
        Assert.True(pair.RunUntil(() => pair.EventsOfB.Count(e => e.Kind == DataChannelEventKind.ChannelAnnounced) == before + 1 && pair.ReceivedByB.Count == received + 1, s_patience));
    }

    private void AssertOneIdentityEach() => AssertOneIdentityEach(_seen);

    // Tag and first TSN in every INIT and INIT ACK (section 5.2.1).
    private static void AssertOneIdentityEach(List<(LinkEnd From, SeenChunk Chunk)> seen)
    {
        foreach (LinkEnd end in Enum.GetValues<LinkEnd>())
            Assert.Single(seen.Where(s => s.From == end && s.Chunk.Type is ChunkType.Init or ChunkType.InitAck).Select(s => (s.Chunk.Word(0), s.Chunk.Word(3))).Distinct());
    }

    private static byte[] CookieOf(SeenChunk initAck)
    {
        ChunkReader parameters = new(initAck.Value.AsSpan(16));
        while (parameters.TryRead(out Chunk parameter))
        {
            if (parameter.ParameterType == 7) return parameter.Value.ToArray();
        }

        throw new InvalidOperationException("There is no cookie.");
    }
}
