using System.Buffers.Binary;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Makes packets by hand, and takes apart those of the link.</summary>
internal static class SctpPackets
{
    /// <summary>One chunk with the tag that the target expects, given to it now; everything it says to that is taken off it.</summary>
    public static IReadOnlyList<SeenChunk> Give(EndpointPair pair, DataChannelEndpoint target, ChunkType type, ReadOnlySpan<byte> value, byte flags = 0)
    {
        Receive(target, pair.Now, type, value, flags);
        return Take(pair, target);
    }

    /// <summary>The same, and leaves what it says to that where it is.</summary>
    public static void Receive(DataChannelEndpoint target, MonotonicTime now, ChunkType type, ReadOnlySpan<byte> value, byte flags = 0)
    {
        byte[] packet = new byte[SctpLimits.MaxPacketSize];
        PacketWriter writer = new(packet, type == ChunkType.Init ? 0 : target.Association.Handshake.LocalTag);
        writer.WriteChunk(type, flags, value);
        target.HandlePacket(packet.AsSpan(0, writer.Finish()), now);
    }

    public static IReadOnlyList<SeenChunk> Take(EndpointPair pair, DataChannelEndpoint target)
    {
        byte[] packet = new byte[SctpLimits.MaxPacketSize];
        List<SeenChunk> seen = [];
        while (target.WritePacket(packet, pair.Now) is > 0 and int length) seen.AddRange(Read(packet.AsSpan(0, length)));
        return seen;
    }

    public static IReadOnlyList<SeenChunk> Read(ReadOnlySpan<byte> packet)
    {
        Assert.True(SctpPacket.TryParse(packet, acceptsZeroChecksum: true, out uint tag, out ReadOnlySpan<byte> chunks));
        List<SeenChunk> seen = [];
        ChunkReader reader = new(chunks);
        while (reader.TryRead(out Chunk chunk)) seen.Add(new SeenChunk(chunk.Type, chunk.Flags, tag, chunk.Value.ToArray()));
        Assert.False(reader.IsMalformed);
        return seen;
    }

    /// <summary>Whether data comes last, as it has to (RFC 9260 section 6.10): usrsctp ends the association otherwise.</summary>
    public static bool EndsWithItsData(ReadOnlySpan<byte> packet)
    {
        Assert.True(SctpPacket.TryParse(packet, acceptsZeroChecksum: true, out _, out ReadOnlySpan<byte> chunks));
        ChunkReader reader = new(chunks);
        bool hasData = false;
        while (reader.TryRead(out Chunk chunk))
        {
            bool isData = chunk.Type is ChunkType.Data or ChunkType.IData;
            if (hasData && !isData) return false;
            hasData |= isData;
        }

        return true;
    }

    /// <summary>Loses every packet that holds such a chunk.</summary>
    public static void Lose(EndpointPair pair, LinkEnd from, Func<SeenChunk, bool> which) =>
        pair.Link.Intercept = (end, packet) => end == from && Read(packet).Any(which) ? null : packet;

    /// <summary>An INIT or INIT ACK of somebody who does not know FORWARD TSN; other packets as they are.</summary>
    public static byte[] ForgetForwardTsn(byte[] packet)
    {
        if (Read(packet) is not [{ Type: ChunkType.Init or ChunkType.InitAck } init]) return packet;
        ChunkReader parameters = new(init.Value.AsSpan(16));
        for (int offset = 16; parameters.TryRead(out Chunk parameter); offset += ChunkReader.Padded(parameter.Whole.Length))
        {
            // Unknown parameters of this kind are skipped without a word.
            if (parameter.ParameterType == 0xC000) init.Value[offset] = 0x90;
            if (parameter.ParameterType == 0x8008) init.Value.AsSpan(offset + ChunkReader.HeaderSize, parameter.Value.Length).Replace((byte)ChunkType.ForwardTsn, (byte)0);
            if (parameter.ParameterType == 0x8008) init.Value.AsSpan(offset + ChunkReader.HeaderSize, parameter.Value.Length).Replace((byte)ChunkType.IForwardTsn, (byte)0);
        }

        byte[] changed = new byte[SctpLimits.MaxPacketSize];
        PacketWriter writer = new(changed, init.Tag);
        writer.WriteChunk(init.Type, 0, init.Value);
        return changed[..writer.Finish()];
    }

    /// <summary>An INIT ACK with the signature of another implementation in its cookie, which is of no use any more then; other packets as they are.</summary>
    public static byte[] SignCookie(byte[] packet, string signature)
    {
        if (Read(packet) is not [{ Type: ChunkType.InitAck } answer]) return packet;
        ChunkReader parameters = new(answer.Value.AsSpan(16));
        int offset = 16;
        while (parameters.TryRead(out Chunk parameter) && parameter.ParameterType != 7) offset += ChunkReader.Padded(parameter.Whole.Length);
        System.Text.Encoding.ASCII.GetBytes(signature).CopyTo(answer.Value, offset + ChunkReader.HeaderSize);
        byte[] signed = new byte[SctpLimits.MaxPacketSize];
        PacketWriter writer = new(signed, answer.Tag);
        writer.WriteChunk(ChunkType.InitAck, 0, answer.Value);
        return signed[..writer.Finish()];
    }

    /// <summary>The value of a DATA chunk.</summary>
    public static byte[] Data(uint tsn, ushort stream, ushort sequence, uint protocol, ReadOnlySpan<byte> payload)
    {
        byte[] value = new byte[12 + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(value, tsn);
        BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(4), stream);
        BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(6), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(8), protocol);
        payload.CopyTo(value.AsSpan(12));
        return value;
    }

    /// <summary>32-bit numbers, one after another.</summary>
    public static byte[] Words(params ReadOnlySpan<uint> words)
    {
        byte[] value = new byte[4 * words.Length];
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(4 * i), words[i]);
        return value;
    }
}

internal sealed record SeenChunk(ChunkType Type, byte Flags, uint Tag, byte[] Value)
{
    public bool IsData => Type is ChunkType.Data or ChunkType.IData;

    public bool IsForwardTsn => Type is ChunkType.ForwardTsn or ChunkType.IForwardTsn;

    public SctpCauseCode? Cause => Type is ChunkType.Abort or ChunkType.Error && ErrorCause.TryReadFirst(Value, out SctpCauseCode code) ? code : null;

    public ushort FirstParameter => Value.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(Value) : (ushort)0;

    public uint Word(int index) => BinaryPrimitives.ReadUInt32BigEndian(Value.AsSpan(4 * index));
}
