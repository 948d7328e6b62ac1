namespace BerOfChat.WebRtc;

/// <summary>The association that carries the channels (W3C RTCSctpTransportStats).</summary>
public sealed record SctpTransportStatistics
{
    /// <summary>The smoothed round-trip time of data and heartbeats; null before the first measurement.</summary>
    public TimeSpan? SmoothedRoundTripTime { get; init; }

    /// <summary>Bytes that may be in flight.</summary>
    public long CongestionWindow { get; init; }

    /// <summary>The window that the peer has advertised last, in bytes.</summary>
    public long ReceiverWindow { get; init; }

    /// <summary>Free bytes of our own receive window; what the application has not read yet fills it.</summary>
    public long LocalReceiverWindow { get; init; }

    /// <summary>The largest packet, in bytes.</summary>
    public int Mtu { get; init; }

    /// <summary>Bytes that were sent and are not acknowledged.</summary>
    public long UnacknowledgedBytes { get; init; }

    /// <summary>Chunks that were sent and are not acknowledged.</summary>
    public int UnackData { get; init; }

    /// <summary>Chunks sent more than once.</summary>
    public long Retransmissions { get; init; }

    /// <summary>Heartbeats sent on an idle path.</summary>
    public long HeartbeatsSent { get; init; }

    /// <summary>Those that were answered.</summary>
    public long HeartbeatsAnswered { get; init; }
}
