namespace BerOfChat.WebRtc.Ice;

/// <summary>What has passed over a pair (W3C RTCIceCandidatePairStats). Bytes and packets are those of the layers above, without checks.</summary>
internal sealed class IcePairCounters
{
    public long RequestsSent { get; set; }

    public long RequestsReceived { get; set; }

    public long ResponsesSent { get; set; }

    public long ResponsesReceived { get; set; }

    public long ConsentRequestsSent { get; set; }

    public long PacketsSent { get; set; }

    public long PacketsReceived { get; set; }

    public long BytesSent { get; set; }

    public long BytesReceived { get; set; }

    public TimeSpan TotalRoundTripTime { get; set; }
}
