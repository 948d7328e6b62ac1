using System.Text;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.Connection;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Associations whose handshake is in the descriptions (draft-hancke-tsvwg-snap-00).</summary>
public sealed class SnapTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>The example that the draft takes apart.</summary>
    private static readonly byte[] s_example = Convert.FromBase64String("AQAAHols3R0AUAAA/////+B5ZR3AAAAEgAgABoLA");

    public static TheoryData<bool, bool> Agreements => new() { { true, true }, { true, false }, { false, true } };

    [Fact]
    public void The_example_of_the_draft_is_read()
    {
        SctpHandshake handshake = New().Handshake;
        Assert.True(handshake.TryAgree(s_example));
        PeerParameters peer = Assert.NotNull(handshake.Agreed);
        Assert.Equal((0x896cdd1du, 0xe079651du, 0x00500000u, (ushort)65535), (peer.Tag, peer.InitialTsn, peer.ReceiveWindow, peer.InboundStreams));
        Assert.True(peer is { SupportsReConfig: true, MayAbandon: true, Interleaves: false, AcceptsZeroChecksum: false });
    }

    [Fact]
    public void What_we_write_is_read_and_stays_the_same()
    {
        SctpAssociation ours = New(), peer = New(seed: 2);
        byte[] init = ours.Handshake.WriteInitForDescription();
        Assert.Equal(init, ours.Handshake.WriteInitForDescription());
        Assert.True(peer.Handshake.TryAgree(init));
        Assert.Equal(ours.Handshake.LocalTag, peer.Handshake.Agreed!.Value.Tag);
        Assert.True(peer.Handshake.Agreed.Value is { Interleaves: true, AcceptsZeroChecksum: true });
    }

    [Fact]
    public void What_is_no_INIT_or_our_own_is_not_agreed_to()
    {
        SctpHandshake handshake = New().Handshake;
        Assert.False(handshake.TryAgree([]));
        Assert.False(handshake.TryAgree("CookieMonster"u8));
        Assert.False(handshake.TryAgree(handshake.WriteInitForDescription()));
        for (int length = 0; length < s_example.Length; length++) Assert.False(handshake.TryAgree(s_example.AsSpan(0, length)), $"{length} bytes");
        byte[] noStreams = [.. s_example];
        noStreams[12] = noStreams[13] = 0;
        Assert.False(handshake.TryAgree(noStreams));
        Assert.Null(handshake.Agreed);
    }

    [Fact]
    public void Two_that_agree_exchange_no_handshake_and_carry_data_at_once()
    {
        EndpointPair pair = new(seed: 61, ofA: SctpExtensions.All);
        Agree(pair, byA: true, byB: true);
        List<ChunkType> seen = [];
        pair.Link.Intercept = (_, packet) =>
        {
            seen.AddRange(SctpPackets.Read(packet).Select(c => c.Type));
            return packet;
        };
        MonotonicTime start = pair.Now;
        ConnectAndTalk(pair);
        // One way of 10 ms.
        Assert.InRange((pair.Now - start).TotalMilliseconds, 10, 11);
        Assert.DoesNotContain(seen, t => t is ChunkType.Init or ChunkType.InitAck or ChunkType.CookieEcho or ChunkType.CookieAck);
        pair.A.Shutdown();
        Assert.True(pair.RunUntil(() => pair.EventsOfB.Exists(e => e is { Kind: DataChannelEventKind.Disconnected, End: SctpEnd.ShutDown }), s_patience));
    }

    [Theory]
    [MemberData(nameof(Agreements))]
    public void Where_only_one_believes_in_the_agreement_the_handshake_is_made(bool byA, bool byB)
    {
        foreach (int seed in (int[])[62, 63, 64])
        {
            EndpointPair pair = new(seed, new LinkConditions { Delay = TimeSpan.FromMilliseconds(20), Loss = seed == 62 ? 0 : 0.2 }, ofA: SctpExtensions.All);
            Agree(pair, byA, byB);
            ConnectAndTalk(pair);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Channels_open_a_round_trip_sooner(int seed)
    {
        LinkConditions conditions = new() { Delay = TimeSpan.FromMilliseconds(100) };
        TimeSpan with = TimeToOpen(new CoreWorld(seed, conditions, useSnap: true)), without = TimeToOpen(new CoreWorld(seed, conditions, useSnap: false));
        Assert.InRange((without - with).TotalMilliseconds, 195, 405);
    }

    private static TimeSpan TimeToOpen(CoreWorld world)
    {
        foreach (CoreEnd end in (CoreEnd[])[world.A, world.B]) end.Core.Channels.Open("boc", "", ChannelReliability.Reliable, negotiatedId: 0);
        world.Negotiate();
        Assert.True(world.RunUntil(() => world.A.Channels.Count == 1 && world.B.Channels.Count == 1, s_patience));
        return world.Now.SinceStart;
    }

    private static void Agree(EndpointPair pair, bool byA, bool byB)
    {
        if (byA) Assert.True(pair.A.Association.Handshake.TryAgree(pair.B.Association.Handshake.WriteInitForDescription()));
        if (byB) Assert.True(pair.B.Association.Handshake.TryAgree(pair.A.Association.Handshake.WriteInitForDescription()));
    }

    private static void ConnectAndTalk(EndpointPair pair)
    {
        pair.ConnectWithChannel(s_patience);
        pair.A.Send(0, DataChannelMessageKind.Text, "to B"u8);
        pair.B.Send(0, DataChannelMessageKind.Text, "to A"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByA.Count == 1 && pair.ReceivedByB.Count == 1, s_patience));
        Assert.Equal(("to A", "to B"), (Encoding.UTF8.GetString(pair.ReceivedByA[0].Payload.Span), Encoding.UTF8.GetString(pair.ReceivedByB[0].Payload.Span)));
    }

    private static SctpAssociation New(int seed = 1) => new(new SeededRandomSource(seed), SctpLimits.ReceiveWindow, SctpExtensions.All);
}
