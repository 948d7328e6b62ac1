using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Under which tag a chunk is believed (RFC 9260 section 8.5): a stranger inside the encryption does not exist, but what is left of an older association may.</summary>
public sealed class VerificationTagTests
{
    private const byte IsReflected = 1;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly EndpointPair _pair = new(seed: 23);

    public VerificationTagTests()
    {
        _pair.ConnectWithChannel(s_patience);
        _pair.RunFor(TimeSpan.FromSeconds(1));
    }

    private uint Ours => _pair.B.Association.Handshake.LocalTag;

    private uint Theirs => _pair.A.Association.Handshake.LocalTag;

    [Theory]
    [InlineData(nameof(ChunkType.Data))]
    [InlineData(nameof(ChunkType.Sack))]
    [InlineData(nameof(ChunkType.Heartbeat))]
    [InlineData(nameof(ChunkType.ForwardTsn))]
    [InlineData(nameof(ChunkType.ReConfig))]
    [InlineData(nameof(ChunkType.CookieEcho))]
    [InlineData(nameof(ChunkType.Shutdown))]
    [InlineData(nameof(ChunkType.ShutdownAck))]
    [InlineData(nameof(ChunkType.ShutdownComplete))]
    [InlineData(nameof(ChunkType.Abort))]
    [InlineData(nameof(ChunkType.Error))]
    public void Nothing_is_believed_or_answered_under_a_wrong_tag(string type)
    {
        foreach (uint tag in (uint[])[0, 1, Ours + 1, Theirs])
        {
            long dropped = _pair.B.Association.DroppedPackets;
            Assert.Empty(Give(Enum.Parse<ChunkType>(type), new byte[20], tag));
            Assert.Equal(SctpState.Established, _pair.B.Association.State);
            Assert.Equal(dropped + 1, _pair.B.Association.DroppedPackets);
        }
    }

    [Fact]
    public void An_INIT_comes_under_no_tag()
    {
        byte[] init = SctpPackets.Words(77, 100_000, 0x0010_0010, 1);
        foreach (uint tag in (uint[])[1, Ours, Theirs]) Assert.Empty(Give(ChunkType.Init, init, tag));
        Assert.Equal(ChunkType.InitAck, Assert.Single(Give(ChunkType.Init, init, tag: 0)).Type);
    }

    [Fact]
    public void An_ABORT_ends_under_our_tag_or_under_the_peers_own_when_it_says_so()
    {
        Give(ChunkType.Abort, [], Ours, IsReflected);
        Assert.Equal(SctpState.Established, _pair.B.Association.State);
        Give(ChunkType.Abort, [], Theirs, IsReflected);
        Assert.Equal(SctpState.Closed, _pair.B.Association.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_SHUTDOWN_COMPLETE_ends_under_our_tag_or_under_the_peers_own_when_it_says_so(bool isReflected)
    {
        SctpPackets.Give(_pair, _pair.B, ChunkType.Shutdown, SctpPackets.Words(_pair.B.Association.Sender.LastAssignedTsn));
        Assert.Equal(SctpState.ShutdownAckSent, _pair.B.Association.State);
        byte flags = isReflected ? IsReflected : (byte)0;
        Give(ChunkType.ShutdownComplete, [], isReflected ? Ours : Theirs, flags);
        Assert.Equal(SctpState.ShutdownAckSent, _pair.B.Association.State);
        Give(ChunkType.ShutdownComplete, [], isReflected ? Theirs : Ours, flags);
        Assert.Equal(SctpState.Closed, _pair.B.Association.State);
    }

    [Fact]
    public void After_the_end_nothing_is_answered_but_a_repeated_last_word()
    {
        _pair.A.Abort("enough");
        Assert.True(_pair.RunUntil(() => _pair.B.Association.State == SctpState.Closed, s_patience));
        foreach (ChunkType type in Enum.GetValues<ChunkType>()) Assert.Empty(Give(type, new byte[20], type == ChunkType.Init ? 0 : Ours));
    }

    private IReadOnlyList<SeenChunk> Give(ChunkType type, ReadOnlySpan<byte> value, uint tag, byte flags = 0)
    {
        byte[] packet = new byte[SctpLimits.MaxPacketSize];
        PacketWriter writer = new(packet, tag);
        writer.WriteChunk(type, flags, value);
        _pair.B.HandlePacket(packet.AsSpan(0, writer.Finish()), _pair.Now);
        return SctpPackets.Take(_pair, _pair.B);
    }
}
