using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Turn;

/// <summary>Data in STUN messages, for peers without a channel (RFC 8656 section 11): Send indications go out, Data indications come in.</summary>
internal static class SendIndication
{
    private const int AttributeHeaderSize = 4;

    /// <summary>What stands in front of the data: header, XOR-PEER-ADDRESS, and the header of DATA.</summary>
    public static int OverheadTo(TransportAddress peer) => StunMessage.HeaderSize + AttributeHeaderSize + XorAddress.SizeOf(peer) + AttributeHeaderSize;

    /// <summary>Writes all that stands in front of the data, and up to three bytes behind it; returns the length of the whole.</summary>
    public static int Write(Span<byte> destination, TransportAddress peer, int dataLength, StunTransactionId id)
    {
        StunWriter writer = new(destination, StunMessageType.SendIndication, id);
        XorAddress.Write(ref writer, StunAttributeType.XorPeerAddress, peer, id);
        return writer.FinishAround(StunAttributeType.Data, dataLength);
    }

    /// <summary>Finds the data of a Data indication in its packet. False when it has none, or no sender.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, StunMessage indication, out TransportAddress peer, out int offset, out int length)
    {
        offset = 0;
        length = 0;
        if (!XorAddress.TryRead(indication, StunAttributeType.XorPeerAddress, out peer) || !indication.TryGet(StunAttributeType.Data, out ReadOnlySpan<byte> data)) return false;
        length = data.Length;
        return data.IsEmpty || packet.Overlaps(data, out offset);
    }
}
