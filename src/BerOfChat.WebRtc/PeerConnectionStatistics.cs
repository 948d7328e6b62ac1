namespace BerOfChat.WebRtc;

/// <summary>A snapshot of a connection.</summary>
public sealed record PeerConnectionStatistics
{
    /// <summary>How our end of the path in use was learnt: host, srflx, prflx or relay; null without a path.</summary>
    public string? LocalCandidateType { get; init; }

    /// <summary>How the peer's end was learnt.</summary>
    public string? RemoteCandidateType { get; init; }

    /// <summary>Our address on the path in use, with its port.</summary>
    public string? LocalAddress { get; init; }

    /// <summary>The peer's address on the path in use, with its port.</summary>
    public string? RemoteAddress { get; init; }

    /// <summary>The latest round-trip time of the path.</summary>
    public TimeSpan? RoundTripTime { get; init; }

    /// <summary>The cipher suite's name as IANA registers it; null before the handshake has ended.</summary>
    public string? CipherSuite { get; init; }

    /// <summary>Bytes of UDP payload sent.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes of UDP payload received.</summary>
    public long BytesReceived { get; init; }

    /// <summary>SCTP chunks sent more than once.</summary>
    public long Retransmissions { get; init; }
}
