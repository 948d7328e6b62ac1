using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>The error causes of RFC 9260 section 3.3.10: what is sent when, and what is understood.</summary>
public sealed class ErrorCauseTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly EndpointPair _pair = new(seed: 8);

    public ErrorCauseTests()
    {
        _pair.A.Open("boc", "", isOrdered: true, negotiatedId: 0);
        _pair.B.Open("boc", "", isOrdered: true, negotiatedId: 0);
    }

    [Fact]
    public void A_stream_that_does_not_exist_is_reported_as_cause_1()
    {
        Connect();
        uint tsn = _pair.A.Association.Sender.LastAssignedTsn + 1;
        IReadOnlyList<SeenChunk> said = SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(tsn, 0xFFFF, 0, PayloadProtocol.Text, "x"u8), flags: 3 | 8);
        Assert.Equal([0, 1, 0, 8, 0xFF, 0xFF, 0, 0], Assert.Single(said, c => c.Type == ChunkType.Error).Value);
        Assert.Equal(tsn, Assert.Single(said, c => c.Type == ChunkType.Sack).Word(0));
        Assert.True(_pair.B.IsConnected);
    }

    [Fact]
    public void An_INIT_ACK_without_a_cookie_is_aborted_by_cause_2() =>
        AssertAborts([0, 2, 0, 10, 0, 0, 0, 1, 0, 7, 0, 0], BeginAlone(ChunkType.InitAck, [.. SctpPackets.Words(77, 100_000, 0x00100010, 1)]), tag: 77);

    [Fact]
    public void A_cookie_that_is_too_old_is_reported_as_cause_3_and_the_peer_begins_anew()
    {
        // The first COOKIE ECHO is held back until it is stale.
        byte[]? held = null;
        bool hold = true;
        _pair.Link.Intercept = (end, packet) =>
        {
            bool isEcho = SctpPackets.Read(packet).Any(c => c.Type == ChunkType.CookieEcho);
            if (end == LinkEnd.A && isEcho) held ??= packet;
            return hold && (isEcho || end == LinkEnd.B && SctpPackets.Read(packet).Any(c => c.Type == ChunkType.Init)) ? null : packet;
        };
        _pair.Connect();
        _pair.RunFor(TimeSpan.FromSeconds(70));
        Assert.Equal(SctpState.CookieEchoed, _pair.A.Association.State);
        List<SeenChunk> errors = [];
        hold = false;
        _pair.Link.Intercept = (_, packet) =>
        {
            errors.AddRange(SctpPackets.Read(packet).Where(c => c.Type == ChunkType.Error));
            return packet;
        };
        _pair.B.HandlePacket(held, _pair.Now);
        Assert.True(_pair.RunUntil(() => _pair.A.IsConnected && _pair.B.IsConnected, s_patience));
        Assert.Contains(errors, c => c.Cause == SctpCauseCode.StaleCookie && c.Value.Length == 8);
    }

    [Fact]
    public void A_window_that_is_ignored_is_aborted_by_cause_4()
    {
        Connect();
        _pair.Reads = false;
        uint tsn = _pair.A.Association.Sender.LastAssignedTsn;
        byte[] payload = new byte[1100];
        for (int i = 0; i < 20_000 && _pair.B.IsConnected; i++)
        {
            tsn++;
            if (SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(tsn, 0, 0, PayloadProtocol.Binary, payload), flags: i == 0 ? (byte)2 : (byte)0) is [.., { Type: ChunkType.Abort } abort])
                Assert.Equal([0, 4, 0, 4], abort.Value);
        }

        AssertFailed(_pair.B, SctpCauseCode.OutOfResource);
    }

    [Fact]
    public void An_INIT_that_names_a_host_is_aborted_by_cause_5() =>
        AssertAborts([0, 5, 0, 4], BeginAlone(ChunkType.Init, [.. SctpPackets.Words(78, 100_000, 0x00100010, 1), 0, 11, 0, 8, (byte)'h', (byte)'o', (byte)'s', (byte)'t']), tag: 78, ends: false);

    [Theory]
    [InlineData(0x3F, false)]
    [InlineData(0x7F, true)]
    [InlineData(0xBF, false)]
    [InlineData(0xFF, true)]
    public void An_unknown_chunk_is_reported_as_cause_6_when_it_asks_for_that(byte type, bool isReported)
    {
        Connect();
        IReadOnlyList<SeenChunk> said = SctpPackets.Give(_pair, _pair.B, (ChunkType)type, [1, 2, 3, 4]);
        if (isReported) Assert.Equal([0, 6, 0, 12, type, 0, 0, 8, 1, 2, 3, 4], Assert.Single(said).Value);
        else Assert.Empty(said);
    }

    [Theory]
    [InlineData(0x0000_0010u, 100_000u)]
    [InlineData(0x0010_0000u, 100_000u)]
    [InlineData(0x0010_0010u, 1499u)]
    public void An_INIT_with_a_value_that_is_not_allowed_is_aborted_by_cause_7_and_changes_nothing(uint streams, uint window)
    {
        AssertAborts([0, 7, 0, 4], BeginAlone(ChunkType.Init, [.. SctpPackets.Words(79, window, streams, 1)]), tag: 79, ends: false);
        AssertAborts([0, 7, 0, 4], SctpPackets.Give(_pair, _pair.B, ChunkType.InitAck, [.. SctpPackets.Words(79, window, streams, 1)]), tag: 79);
        AssertFailed(_pair.B, SctpCauseCode.InvalidMandatoryParameter);
    }

    [Theory]
    [InlineData(0x3FFF, false)]
    [InlineData(0x7FFF, true)]
    [InlineData(0xBFFF, false)]
    [InlineData(0xFFFF, true)]
    public void An_unknown_parameter_is_given_back_in_the_INIT_ACK_when_it_asks_for_that(ushort parameter, bool isReported)
    {
        byte[] unknown = [(byte)(parameter >> 8), (byte)(parameter & 0xFF), 0, 8, 1, 2, 3, 4];
        SeenChunk ack = Assert.Single(BeginAlone(ChunkType.Init, [.. SctpPackets.Words(80, 100_000, 0x00100010, 1), .. unknown]));
        Assert.Equal(ChunkType.InitAck, ack.Type);
        Assert.Equal(isReported, ack.Value.AsSpan().IndexOf((ReadOnlySpan<byte>)[0, 8, 0, 12, .. unknown]) > 0);
    }

    [Fact]
    public void An_unknown_parameter_of_an_INIT_ACK_is_reported_as_cause_8_behind_the_cookie()
    {
        IReadOnlyList<SeenChunk> said = BeginAlone(ChunkType.InitAck, [.. SctpPackets.Words(81, 100_000, 0x00100010, 1), 0, 7, 0, 8, 1, 2, 3, 4, 0xFF, 0xFF, 0, 4]);
        Assert.Equal([ChunkType.CookieEcho, ChunkType.Error], said.Select(c => c.Type));
        Assert.Equal([0, 8, 0, 8, 0xFF, 0xFF, 0, 4], said[1].Value);
    }

    [Fact]
    public void A_chunk_without_data_is_aborted_by_cause_9()
    {
        Connect();
        IReadOnlyList<SeenChunk> said = SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(0x01020304, 0, 0, PayloadProtocol.Text, []), flags: 3);
        Assert.Equal([0, 9, 0, 8, 1, 2, 3, 4], Assert.Single(said).Value);
        AssertFailed(_pair.B, SctpCauseCode.NoUserData);
    }

    [Fact]
    public void A_cookie_that_comes_while_we_shut_down_is_reported_as_cause_10()
    {
        byte[] cookie = [];
        _pair.Link.Intercept = (end, packet) =>
        {
            if (end == LinkEnd.B && SctpPackets.Read(packet).FirstOrDefault(c => c.Type == ChunkType.CookieEcho) is { } echo) cookie = echo.Value;
            return packet;
        };
        Connect();
        SctpPackets.Give(_pair, _pair.A, ChunkType.Shutdown, SctpPackets.Words(_pair.A.Association.Sender.LastAssignedTsn));
        Assert.Equal(SctpState.ShutdownAckSent, _pair.A.Association.State);
        Assert.NotEmpty(cookie);
        IReadOnlyList<SeenChunk> said = SctpPackets.Give(_pair, _pair.A, ChunkType.CookieEcho, cookie);
        Assert.Equal([ChunkType.Error, ChunkType.ShutdownAck], said.Select(c => c.Type));
        Assert.Equal(SctpCauseCode.CookieReceivedWhileShuttingDown, said[0].Cause);
    }

    [Fact]
    public void The_application_aborts_by_cause_12()
    {
        Connect();
        _pair.A.Abort("enough");
        Assert.Equal([0, 12, 0, 4], Assert.Single(SctpPackets.Take(_pair, _pair.A)).Value);
    }

    [Fact]
    public void A_message_larger_than_our_description_allows_is_aborted_by_cause_13()
    {
        EndpointPair pair = new(seed: 9);
        pair.A.Open("boc", "", isOrdered: true, negotiatedId: 0);
        pair.B.Open("boc", "", isOrdered: true, negotiatedId: 0);
        pair.A.Connect(isDtlsClient: true, remoteMaxMessageSize: 0, 5000, pair.Now);
        pair.B.Connect(isDtlsClient: false, 262_144, 5000, pair.Now);
        Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience));
        pair.A.Send(0, DataChannelMessageKind.Binary, new byte[DataChannelEndpoint.DefaultMaxIncomingMessage + 1]);
        Assert.True(pair.RunUntil(() => !pair.A.IsConnected && !pair.B.IsConnected, s_patience));
        Assert.Empty(pair.ReceivedByB);
        Assert.Contains(pair.EventsOfA, e => e is { Kind: DataChannelEventKind.Disconnected, End: SctpEnd.AbortedByPeer, Cause: SctpCauseCode.ProtocolViolation });
    }

    [Fact]
    public void Every_cause_that_a_peer_aborts_with_is_named()
    {
        foreach (SctpCauseCode code in Enum.GetValues<SctpCauseCode>())
        {
            EndpointPair pair = new(seed: 10);
            pair.Connect();
            Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience));
            SctpPackets.Give(pair, pair.B, ChunkType.Abort, ErrorCause.Write(code, [1, 2, 3]));
            DataChannelEvent end = Assert.Single(Drain(pair.B), e => e.Kind == DataChannelEventKind.Disconnected);
            Assert.Equal(code, end.Cause);
            Assert.Equal(SctpEnd.AbortedByPeer, end.End);
            if (code != SctpCauseCode.UserInitiatedAbort) Assert.Contains(ErrorCause.Describe(code), end.Reason, StringComparison.Ordinal);
            Assert.DoesNotContain(ErrorCause.Describe(code), char.IsAsciiDigit);
        }
    }

    private static IEnumerable<DataChannelEvent> Drain(DataChannelEndpoint endpoint)
    {
        while (endpoint.TryReadEvent(out DataChannelEvent e)) yield return e;
    }

    private void Connect()
    {
        _pair.Connect();
        Assert.True(_pair.RunUntil(() => _pair.A.IsConnected && _pair.B.IsConnected, s_patience));
        _pair.RunFor(TimeSpan.FromSeconds(1));
    }

    // B has sent its INIT and hears nothing but this.
    private IReadOnlyList<SeenChunk> BeginAlone(ChunkType type, ReadOnlySpan<byte> value)
    {
        _pair.B.Connect(isDtlsClient: false, 262_144, 5000, _pair.Now);
        SctpPackets.Take(_pair, _pair.B);
        return SctpPackets.Give(_pair, _pair.B, type, value);
    }

    private void AssertAborts(byte[] cause, IReadOnlyList<SeenChunk> said, uint tag, bool ends = true)
    {
        SeenChunk abort = Assert.Single(said);
        Assert.Equal(ChunkType.Abort, abort.Type);
        Assert.Equal(tag, abort.Tag);
        Assert.Equal(cause, abort.Value);
        Assert.Equal(ends ? SctpState.Closed : SctpState.CookieWait, _pair.B.Association.State);
    }

    private static void AssertFailed(DataChannelEndpoint endpoint, SctpCauseCode cause) =>
        Assert.Contains(Drain(endpoint), e => e is { Kind: DataChannelEventKind.Disconnected, End: SctpEnd.ProtocolFailure } && e.Cause == cause);
}
