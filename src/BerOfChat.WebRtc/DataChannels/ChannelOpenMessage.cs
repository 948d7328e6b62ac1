using System.Text;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.DataChannels;

/// <summary>DATA_CHANNEL_OPEN (RFC 8832 section 5.1).</summary>
internal sealed record ChannelOpenMessage(string Label, string Protocol, ChannelReliability Reliability)
{
    public const byte AckType = 2;

    /// <summary>The most that the two lengths can say.</summary>
    public const int MaxTextSize = ushort.MaxValue;

    public const int MaxSize = FixedSize + (2 * MaxTextSize);
    private const byte OpenType = 3;
    private const int FixedSize = 12;
    private const byte Reliable = 0, PartialRetransmissions = 1, PartialLifetime = 2, UnorderedFlag = 0x80;

    public byte[] Write()
    {
        byte[] label = Encoding.UTF8.GetBytes(Label), protocol = Encoding.UTF8.GetBytes(Protocol);
        byte[] message = new byte[FixedSize + label.Length + protocol.Length];
        SpanWriter writer = new(message);
        writer.WriteByte(OpenType);
        writer.WriteByte((byte)(Kind | (Reliability.IsOrdered ? 0 : UnorderedFlag)));
        writer.WriteUInt16(0);
        writer.WriteUInt32((uint)(Reliability.MaxRetransmits ?? (int?)Reliability.MaxPacketLifeTime?.TotalMilliseconds ?? 0));
        writer.WriteUInt16((ushort)label.Length);
        writer.WriteUInt16((ushort)protocol.Length);
        writer.WriteBytes(label);
        writer.WriteBytes(protocol);
        return message;
    }

    public static bool TryParse(ReadOnlySpan<byte> message, out ChannelOpenMessage? open)
    {
        open = null;
        SpanReader reader = new(message);
        if (!reader.TryReadByte(out byte type) || type != OpenType) return false;
        if (!reader.TryReadByte(out byte channelType) || !reader.TryReadUInt16(out _) || !reader.TryReadUInt32(out uint parameter)) return false;
        if (!reader.TryReadUInt16(out ushort labelSize) || !reader.TryReadUInt16(out ushort protocolSize)) return false;
        if (!reader.TryReadBytes(labelSize, out ReadOnlySpan<byte> label) || !reader.TryReadBytes(protocolSize, out ReadOnlySpan<byte> protocol)) return false;
        if ((channelType & ~UnorderedFlag) > PartialLifetime) return false;

        // More than what the W3C API can ask for is as good as its most.
        ushort limit = (ushort)Math.Min(parameter, ushort.MaxValue);
        ChannelReliability reliability = (channelType & ~UnorderedFlag) switch
        {
            PartialRetransmissions => new ChannelReliability { MaxRetransmits = limit },
            PartialLifetime => new ChannelReliability { MaxPacketLifeTime = TimeSpan.FromMilliseconds(limit) },
            _ => ChannelReliability.Reliable,
        };
        open = new ChannelOpenMessage(Encoding.UTF8.GetString(label), Encoding.UTF8.GetString(protocol), reliability with { IsOrdered = (channelType & UnorderedFlag) == 0 });
        return true;
    }

    private byte Kind => Reliability switch
    {
        { MaxRetransmits: not null } => PartialRetransmissions,
        { MaxPacketLifeTime: not null } => PartialLifetime,
        _ => Reliable,
    };
}
