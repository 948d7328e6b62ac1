namespace BerOfChat.WebRtc;

/// <summary>A candidate of either side (W3C RTCIceCandidateStats).</summary>
public sealed record IceCandidateStatistics
{
    /// <summary>Its IP address.</summary>
    public required string Address { get; init; }

    /// <summary>Its port.</summary>
    public int Port { get; init; }

    /// <summary>The protocol; always udp.</summary>
    public string Protocol { get; init; } = "udp";

    /// <summary>How it was learnt: host, srflx, prflx or relay.</summary>
    public required string CandidateType { get; init; }

    /// <summary>Its priority.</summary>
    public uint Priority { get; init; }

    /// <summary>Its foundation.</summary>
    public required string Foundation { get; init; }

    /// <summary>The STUN or TURN server that it was learnt from; null for an address of ours, and for candidates of the peer.</summary>
    public string? Url { get; init; }

    /// <summary>How that TURN server is spoken to: udp, tcp or tls; null unless it is a relayed candidate of ours.</summary>
    public string? RelayProtocol { get; init; }

    /// <summary>Address and port, an IPv6 address in brackets.</summary>
    public override string ToString() => Address.Contains(':', StringComparison.Ordinal) ? $"[{Address}]:{Port}" : $"{Address}:{Port}";
}
