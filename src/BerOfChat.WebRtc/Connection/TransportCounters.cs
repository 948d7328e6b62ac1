using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Connection;

/// <summary>Datagrams of DTLS and their bytes, without checks and without what relays add.</summary>
internal sealed class TransportCounters
{
    public long PacketsSent { get; private set; }

    public long PacketsReceived { get; private set; }

    public long BytesSent { get; private set; }

    public long BytesReceived { get; private set; }

    public void CountSent(IceCandidatePair pair, int length)
    {
        PacketsSent++;
        BytesSent += length;
        pair.Counters.PacketsSent++;
        pair.Counters.BytesSent += length;
    }

    public void CountReceived(IceCandidatePair pair, int length)
    {
        PacketsReceived++;
        BytesReceived += length;
        pair.Counters.PacketsReceived++;
        pair.Counters.BytesReceived += length;
    }
}
