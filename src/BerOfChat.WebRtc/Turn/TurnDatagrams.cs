using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Turn;

/// <summary>Wraps datagrams for peers, and unwraps those of peers, in place (RFC 8656 sections 11 and 12): on a channel where there is one, else as STUN indications.</summary>
internal sealed class TurnDatagrams(TurnClientOptions options, TurnPeers peers, TurnCounters counters, IRandomSource random)
{
    /// <summary>The longest datagram that a relay carries.</summary>
    public const int MaxDataSize = ushort.MaxValue - 8;

    // Nobody answers an indication: its number only has to differ from others, and 12 bytes from the CSPRNG cost more than all the rest.
    private readonly ulong _idPrefix = random.NextUInt64();
    private uint _idNumber;

    public int GetOverhead(TransportAddress peer) => peers.FindChannel(peer) != 0 ? ChannelData.HeaderSize : SendIndication.OverheadTo(peer);

    /// <summary>Writes what stands in front of the data, and behind it; 0 when nothing is to be sent to that peer.</summary>
    public int Seal(Span<byte> destination, TransportAddress peer, int dataLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dataLength, MaxDataSize);
        if (peers.FindChannel(peer) is not 0 and ushort channel) return ChannelData.Write(destination, channel, dataLength, options.IsStream);
        return peers.IsPermitted(peer) ? SendIndication.Write(destination, peer, dataLength, new StunTransactionId(_idPrefix, unchecked(_idNumber++))) : 0;
    }

    /// <summary>Finds the data of a packet for which <see cref="ChannelData.LooksLikeChannelData"/> holds.</summary>
    public bool TryOpenChannelData(ReadOnlySpan<byte> packet, out TransportAddress peer, out int offset, out int length)
    {
        peer = default;
        offset = ChannelData.HeaderSize;
        if (!ChannelData.TryRead(packet, out ushort number, out length))
        {
            counters.Malformed++;
            return false;
        }

        if (peers.TryFindPeer(number, out peer)) return true;
        counters.UnexpectedData++;
        return false;
    }

    /// <summary>Finds the data of a Data indication.</summary>
    public bool TryOpenIndication(ReadOnlySpan<byte> packet, StunMessage message, out TransportAddress peer, out int offset, out int length)
    {
        if (!SendIndication.TryRead(packet, message, out peer, out offset, out length))
        {
            counters.Malformed++;
            return false;
        }

        if (peers.IsPermitted(peer)) return true;
        counters.UnexpectedData++;
        return false;
    }
}
