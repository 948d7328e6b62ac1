using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;
using BerOfChat.WebRtc.Tests.Sctp;

namespace BerOfChat.WebRtc.Tests.Limits;

/// <summary>What a peer inside the association gains by saying something very often: few answers, and little memory.</summary>
public sealed class SctpFloodTests
{
    private const byte End = 1, Begin = 2;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly EndpointPair _pair = new(seed: 31);
    private readonly uint _tsn;

    public SctpFloodTests()
    {
        _pair.ConnectWithChannel(s_patience);
        _pair.RunFor(TimeSpan.FromSeconds(1));
        _tsn = _pair.A.Association.Sender.LastAssignedTsn;
    }

    private DataChannelEndpoint Victim => _pair.B;

    public static TheoryData<byte, byte[], int> Questions => new()
    {
        { (byte)ChunkType.Init, SctpPackets.Words(77, 100_000, 0x0010_0010, 1), SctpLimits.MaxPendingControlChunks },
        { (byte)ChunkType.Heartbeat, new byte[500], SctpLimits.MaxPendingControlChunks },
        { (byte)ChunkType.ReConfig, [0, 13, 0, 16, .. new byte[12]], SctpLimits.MaxPendingControlChunks },
        { 0xFF, new byte[1000], SctpLimits.MaxPendingControlChunks },
        { 0x7F, new byte[10], SctpLimits.MaxPendingControlChunks },
        { (byte)ChunkType.CookieEcho, new byte[59], 0 },
        { (byte)ChunkType.Error, [0, 6, 0, 8, 1, 2, 3, 4], 0 },
        { (byte)ChunkType.Error, [0, 1, 0, 8, 0, 0, 0, 0], 0 },
        { (byte)ChunkType.HeartbeatAck, new byte[20], 0 },
        { (byte)ChunkType.CookieAck, [], 0 },
        { (byte)ChunkType.ShutdownComplete, [], 0 },
        { (byte)ChunkType.ShutdownAck, [], 0 },
        { (byte)ChunkType.Sack, new byte[12], 0 },
    };

    [Theory]
    [MemberData(nameof(Questions))]
    public void A_flood_of_anything_is_answered_by_a_few_at_most(byte type, byte[] value, int answers)
    {
        for (int i = 0; i < 1000; i++) SctpPackets.Receive(Victim, _pair.Now, (ChunkType)type, value);
        IReadOnlyList<SeenChunk> said = SctpPackets.Take(_pair, Victim);
        Assert.InRange(said.Count, 0, answers);
        Assert.Equal(answers > 0, said.Count > 0);
        Assert.True(Victim.IsConnected);
        AssertCarriesData();
    }

    [Fact]
    public void Streams_that_do_not_exist_are_reported_a_few_times()
    {
        for (uint i = 1; i <= 1000; i++) SctpPackets.Receive(Victim, _pair.Now, ChunkType.Data, SctpPackets.Data(_tsn + i, 0xFFFF, 0, PayloadProtocol.Text, "x"u8), flags: Begin | End);
        Assert.Equal(SctpLimits.MaxPendingControlChunks, SctpPackets.Take(_pair, Victim).Count(c => c.Type == ChunkType.Error));
    }

    [Fact]
    public void Of_a_packet_full_of_requests_to_reset_two_are_performed()
    {
        byte[] packet = new byte[SctpLimits.MaxPacketSize];
        PacketWriter writer = new(packet, Victim.Association.Handshake.LocalTag);
        for (uint i = 1; i <= 40; i++) writer.WriteChunk(ChunkType.ReConfig, 0, [0, 13, 0, 16, .. SctpPackets.Words(_tsn + i, 0, _tsn)]);
        Victim.HandlePacket(packet.AsSpan(0, writer.Finish()), _pair.Now);
        SeenChunk[] answers = [.. SctpPackets.Take(_pair, Victim).Where(c => c.Type == ChunkType.ReConfig && c.FirstParameter == 16)];
        Assert.Equal([1, 1], answers.Where(a => a.Word(2) == 1).Select(a => (int)a.Word(2)));
        AssertCarriesData();
    }

    [Theory]
    [InlineData(SctpLimits.MaxTsnOffset + 1)]
    [InlineData(1_000_000)]
    [InlineData(int.MaxValue)]
    [InlineData(0x8000_0000)]
    [InlineData(0xFFFF_FFFF)]
    public void A_jump_that_is_too_far_or_backward_is_not_believed(uint distance)
    {
        SctpPackets.Give(_pair, Victim, ChunkType.ForwardTsn, SctpPackets.Words(unchecked(_tsn + distance), 0x0000_0005));
        AssertCarriesData();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_jump_that_is_cut_short_is_not_believed(int length)
    {
        SctpPackets.Give(_pair, Victim, ChunkType.ForwardTsn, SctpPackets.Words(_tsn + 1).AsSpan(0, length));
        AssertCarriesData();
    }

    [Fact]
    public void Jumps_that_name_every_stream_there_can_be_keep_no_more_of_them_than_the_limit()
    {
        uint tsn = _tsn;
        for (uint stream = 0; stream < 65_535; stream += 250)
            SctpPackets.Give(_pair, Victim, ChunkType.ForwardTsn, SctpPackets.Words([++tsn, .. Enumerable.Range((int)stream, 250).Select(s => ((uint)s << 16) | 7)]));
        IReadOnlyList<SeenChunk> said = SctpPackets.Give(_pair, Victim, ChunkType.Data, SctpPackets.Data(tsn + 1, 65_000, 0, PayloadProtocol.Text, "x"u8), flags: Begin | End);
        Assert.Contains(said, c => c.Cause == SctpCauseCode.InvalidStreamIdentifier);
        Assert.True(Victim.IsConnected);
    }

    private void AssertCarriesData()
    {
        int before = _pair.ReceivedByB.Count;
        _pair.A.Send(0, DataChannelMessageKind.Text, "still here"u8);
        Assert.True(_pair.RunUntil(() => _pair.ReceivedByB.Count == before + 1, s_patience));
    }
}
