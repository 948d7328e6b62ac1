using System.Buffers.Binary;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Packets without a checksum inside DTLS (RFC 9653): each side says what it accepts, which says nothing of the other direction.</summary>
public sealed class ZeroChecksumTests
{
    private static readonly SctpExtensions s_accepts = new() { ZeroChecksum = true };
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_checksum_is_left_out_towards_who_accepts_that_but_not_where_it_opens_an_association(bool isAccepted)
    {
        EndpointPair pair = new(seed: 1, ofA: s_accepts, ofB: isAccepted ? s_accepts : SctpExtensions.None);
        List<(ChunkType[] Types, bool IsLeftOut)> seen = [];
        pair.Link.Intercept = (_, packet) =>
        {
            seen.Add(([.. SctpPackets.Read(packet).Select(c => c.Type)], Checksum(packet) == 0));
            return packet;
        };
        Open(pair);
        pair.A.Send(0, DataChannelMessageKind.Text, "there"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1, s_patience));
        Assert.Contains(seen, p => p.Types.Contains(ChunkType.Init));
        Assert.Contains(seen, p => p.Types.Contains(ChunkType.CookieEcho));
        Assert.All(seen.Where(p => p.Types.Any(t => t is ChunkType.Init or ChunkType.CookieEcho)), p => Assert.False(p.IsLeftOut));
        Assert.All(seen.Where(p => p.Types.Contains(ChunkType.Data) && !p.Types.Contains(ChunkType.CookieEcho)), p => Assert.Equal(isAccepted, p.IsLeftOut));
        Assert.Equal(isAccepted, seen.Exists(p => p.IsLeftOut));
    }

    [Theory]
    [InlineData(true, 0u, true)]
    [InlineData(true, 1u, false)]
    [InlineData(false, 0u, false)]
    public void A_checksum_is_right_or_left_out_by_a_peer_that_was_told_so(bool isAccepted, uint checksum, bool isTaken)
    {
        EndpointPair pair = new(seed: 2, ofA: isAccepted ? s_accepts : SctpExtensions.None);
        Open(pair);
        byte[] packet = new byte[SctpLimits.MaxPacketSize];
        PacketWriter writer = new(packet, pair.B.Association.Handshake.LocalTag);
        writer.WriteChunk(ChunkType.Data, 3, SctpPackets.Data(pair.A.Association.Sender.LastAssignedTsn + 1, 0, 0, PayloadProtocol.Text, "x"u8));
        int length = writer.Finish();
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), checksum);
        pair.B.HandlePacket(packet.AsSpan(0, length), pair.Now);
        pair.Drain();
        Assert.Equal(isTaken ? 1 : 0, pair.ReceivedByB.Count);
        Assert.Equal(isTaken ? 0 : 1, pair.B.Association.DroppedPackets);
    }

    [Fact]
    public void A_peer_that_detects_errors_by_another_method_gets_checksums()
    {
        EndpointPair pair = new(seed: 3, ofA: s_accepts);
        pair.Link.Intercept = (_, packet) =>
        {
            int at = packet.AsSpan().IndexOf(new byte[] { 0x80, 1, 0, 8, 0, 0, 0, 1 });
            if (at < 0) return packet;
            byte[] changed = [.. packet];
            changed[at + 7] = 2;
            BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(8), Crc32C.ComputeAround(changed.AsSpan(0, 8), changed.AsSpan(12)));
            return changed;
        };
        Open(pair);
        List<uint> checksums = [];
        pair.Link.Intercept = (_, packet) =>
        {
            checksums.Add(Checksum(packet));
            return packet;
        };
        pair.A.Send(0, DataChannelMessageKind.Text, "there"u8);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 1, s_patience));
        Assert.DoesNotContain(0u, checksums);
    }

    private static uint Checksum(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);

    private static void Open(EndpointPair pair)
    {
        pair.ConnectWithChannel(s_patience);
    }
}
