using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>What becomes of the numbers of streams that are reset (RFC 6525), alone, together, and against the peer's will.</summary>
public sealed class StreamReuseTests
{
    private const uint Performed = 1, Denied = 2, WrongStream = 3, BadSequence = 5;
    private const int Streams = 4;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly EndpointPair _pair = new(seed: 27);
    private readonly List<SeenChunk> _said = [];

    public StreamReuseTests()
    {
        for (ushort i = 0; i < Streams; i++) Open(i);
        _pair.Connect();
        Assert.True(_pair.RunUntil(() => _pair.A.IsConnected && _pair.B.IsConnected, s_patience));
        _pair.RunFor(TimeSpan.FromSeconds(1));
        _pair.Link.Intercept = (end, packet) =>
        {
            if (end == LinkEnd.A) _said.AddRange(SctpPackets.Read(packet));
            return packet;
        };
    }

    [Fact]
    public void A_stream_that_was_reset_counts_from_zero_and_the_others_go_on()
    {
        for (int i = 0; i < 3; i++) Say(0, 1);
        Close(0);
        Assert.True(_pair.RunUntil(() => Closed(_pair.EventsOfA) == 1 && Closed(_pair.EventsOfB) == 1, s_patience));
        Open(0);
        _said.Clear();
        Say(0, 1);
        Assert.Equal([(0, 0), (1, 3)], Numbers());
        Assert.Equal(8, _pair.ReceivedByB.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200)]
    public void Several_streams_are_reset_in_one_request_or_one_after_another(int millisecondsBetween)
    {
        for (ushort i = 0; i < 3; i++)
        {
            Close(i);
            if (millisecondsBetween > 0) _pair.RunFor(TimeSpan.FromMilliseconds(millisecondsBetween));
        }

        Assert.True(_pair.RunUntil(() => Closed(_pair.EventsOfA) == 3 && Closed(_pair.EventsOfB) == 3, s_patience));
        SeenChunk[] requests = [.. _said.Where(IsRequest)];
        // While a request is under way, the next waits, and then asks for all that came together.
        Assert.Equal(millisecondsBetween switch { 0 => 1, 1 => 2, _ => 3 }, requests.Length);
        Assert.Equal(Enumerable.Range(0, requests.Length), requests.Select(r => (int)(r.Word(1) - requests[0].Word(1))));
        for (ushort i = 0; i < 3; i++) Open(i);
        Say(0, 1, 2, 3);
        Assert.Equal(4, _pair.ReceivedByB.Count);
    }

    [Fact]
    public void While_one_stream_is_reset_the_others_carry_on()
    {
        bool isHeld = true;
        _pair.Link.Intercept = (end, packet) => isHeld && end == LinkEnd.B && SctpPackets.Read(packet).Any(c => c.Type == ChunkType.ReConfig) ? null : packet;
        Close(0);
        _pair.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(0, Closed(_pair.EventsOfA));
        Say(1, 2, 3);
        Assert.Equal(3, _pair.ReceivedByB.Count);
        isHeld = false;
        Assert.True(_pair.RunUntil(() => Closed(_pair.EventsOfA) == 1 && Closed(_pair.EventsOfB) == 1, s_patience));
    }

    [Theory]
    [InlineData(Denied)]
    [InlineData(WrongStream)]
    [InlineData(BadSequence)]
    public void Where_the_peer_refuses_the_stream_goes_on_counting_and_the_next_user_is_understood(uint result)
    {
        for (int i = 0; i < 3; i++) Say(0);
        _pair.Link.Intercept = (end, packet) =>
        {
            IReadOnlyList<SeenChunk> chunks = SctpPackets.Read(packet);
            if (end == LinkEnd.A) _said.AddRange(chunks);
            return end == LinkEnd.A && chunks.Any(IsRequest) ? null : packet;
        };
        _pair.A.Close(0);
        Assert.True(_pair.RunUntil(() => _said.Exists(IsRequest), s_patience));
        Answer(_said.Find(IsRequest)!.Word(1), result);
        _pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.Single(_said, IsRequest);

        _pair.B.Close(0);
        Assert.True(_pair.RunUntil(() => Closed(_pair.EventsOfA) == 1, s_patience));
        _pair.A.Open("next", "", isOrdered: true, negotiatedId: 0);
        _said.Clear();
        _pair.A.Send(HandleOf(0), DataChannelMessageKind.Text, "again"u8);
        Assert.True(_pair.RunUntil(() => _pair.ReceivedByB.Count == 4, s_patience));
        Assert.Equal([(0, 3)], Numbers());
    }

    [Fact]
    public void A_request_that_comes_again_is_answered_again_and_performed_once()
    {
        Say(0);
        uint number = _pair.A.Association.Sender.LastAssignedTsn;
        uint request = FirstRequest;
        Assert.Equal(Performed, Ask(request, number, stream: 0));
        int resets = _pair.EventsOfB.Count;
        // The stream is in use again, and has carried two messages.
        SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(number + 1, 0, 0, PayloadProtocol.Text, "one"u8), flags: 3);
        SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(number + 2, 0, 1, PayloadProtocol.Text, "two"u8), flags: 3);
        Assert.Equal(Performed, Ask(request, number, stream: 0));
        SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(number + 3, 0, 2, PayloadProtocol.Text, "three"u8), flags: 3);
        _pair.Drain();
        Assert.Equal(4, _pair.ReceivedByB.Count);
        Assert.True(_pair.EventsOfB.Count >= resets);
    }

    [Fact]
    public void What_is_given_up_before_a_reset_may_be_told_of_after_it_was_asked_for()
    {
        uint number = _pair.A.Association.Sender.LastAssignedTsn;
        // Of stream 0 one message is lost and given up; the request to reset it overtakes the word of that.
        Assert.Equal(6u, Ask(FirstRequest, number + 1, stream: 0));
        IReadOnlyList<SeenChunk> said = SctpPackets.Give(_pair, _pair.B, ChunkType.ForwardTsn, SctpPackets.Words(number + 1, 0x0000_0000));
        Assert.Contains(said, c => c.Type == ChunkType.ReConfig && c.FirstParameter == 16 && c.Word(2) == Performed);
        SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(number + 2, 0, 0, PayloadProtocol.Text, "first"u8), flags: 3);
        _pair.Drain();
        Assert.True(Assert.Single(_pair.ReceivedByB).Payload.Span.SequenceEqual("first"u8));
    }

    [Fact]
    public void A_request_that_names_no_stream_means_all_that_have_carried_something()
    {
        Say(0, 1);
        uint number = _pair.A.Association.Sender.LastAssignedTsn;
        SctpPackets.Give(_pair, _pair.B, ChunkType.ReConfig, [0, 13, 0, 16, .. SctpPackets.Words(FirstRequest, 0, number)]);
        SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(number + 1, 0, 0, PayloadProtocol.Text, "x"u8), flags: 3);
        SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(number + 2, 1, 0, PayloadProtocol.Text, "y"u8), flags: 3);
        SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(number + 3, 2, 0, PayloadProtocol.Text, "z"u8), flags: 3);
        _pair.Drain();
        Assert.Equal(5, _pair.ReceivedByB.Count);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0, 13 })]
    [InlineData(new byte[] { 0, 13, 0, 4 })]
    [InlineData(new byte[] { 0, 13, 0, 3 })]
    [InlineData(new byte[] { 0, 13, 0xFF, 0xFF, 1, 2, 3, 4 })]
    [InlineData(new byte[] { 0, 13, 0, 8, 1, 2, 3, 4 })]
    [InlineData(new byte[] { 0, 16, 0, 8, 1, 2, 3, 4 })]
    [InlineData(new byte[] { 0, 99, 0, 8, 1, 2, 3, 4 })]
    public void A_request_that_makes_no_sense_resets_nothing(byte[] value)
    {
        int events = _pair.EventsOfB.Count;
        Assert.DoesNotContain(SctpPackets.Give(_pair, _pair.B, ChunkType.ReConfig, value), c => c.FirstParameter == 16 && c.Word(2) == Performed);
        _pair.Drain();
        Assert.Equal(events, _pair.EventsOfB.Count);
        Say(0);
        Assert.Single(_pair.ReceivedByB);
    }

    /// <summary>A's first request: the numbers of requests begin where those of chunks do (RFC 6525 section 4.1).</summary>
    private uint FirstRequest => unchecked(_pair.A.Association.Sender.LastAssignedTsn + 1 - (uint)_said.Count(c => c.Type == ChunkType.Data));

    private void Open(ushort stream)
    {
        _pair.A.Open($"{stream}", "", isOrdered: true, stream);
        _pair.B.Open($"{stream}", "", isOrdered: true, stream);
    }

    private void Close(ushort stream) => _pair.A.Close(HandleOf(stream));

    private int HandleOf(ushort stream) => _pair.A.All.Single(c => c.Id == stream).Handle;

    // One message on each, all of which arrive.
    private void Say(params ushort[] streams)
    {
        int before = _pair.ReceivedByB.Count;
        foreach (ushort stream in streams) _pair.A.Send(HandleOf(stream), DataChannelMessageKind.Text, "x"u8);
        Assert.True(_pair.RunUntil(() => _pair.ReceivedByB.Count == before + streams.Length, s_patience), $"{_pair.ReceivedByB.Count - before} of {streams.Length}");
    }

    private List<(int Stream, int Sequence)> Numbers() =>
        [.. _said.Where(c => c.Type == ChunkType.Data).Select(c => ((int)(c.Word(1) >> 16), (int)(c.Word(1) & 0xFFFF))).Distinct()];

    private uint Ask(uint request, uint lastTsn, ushort stream)
    {
        byte[] value = [0, 13, 0, 18, .. SctpPackets.Words(request, 0, lastTsn), (byte)(stream >> 8), (byte)stream];
        return Assert.Single(SctpPackets.Give(_pair, _pair.B, ChunkType.ReConfig, value), c => c.Type == ChunkType.ReConfig && c.FirstParameter == 16).Word(2);
    }

    private void Answer(uint request, uint result) => SctpPackets.Receive(_pair.A, _pair.Now, ChunkType.ReConfig, [0, 16, 0, 12, .. SctpPackets.Words(request, result)]);

    private static bool IsRequest(SeenChunk c) => c.Type == ChunkType.ReConfig && c.FirstParameter == 13;

    private static int Closed(List<DataChannelEvent> events) => events.Count(e => e.Kind == DataChannelEventKind.ChannelClosed);
}
