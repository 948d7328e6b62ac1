namespace BerOfChat.WebRtc;

/// <summary>What came of trying one path. The kinds are host, srflx, prflx and relay; addresses are in <see cref="PeerConnectionStatistics.CandidatePairs"/>.</summary>
public sealed record CandidatePairAttempt
{
    /// <summary>The kind of our end.</summary>
    public required string LocalCandidateType { get; init; }

    /// <summary>The kind of the peer's end.</summary>
    public required string RemoteCandidateType { get; init; }

    /// <summary>Whether both ends are of IPv6 rather than of IPv4.</summary>
    public bool IsIPv6 { get; init; }

    /// <summary>Where its check stands.</summary>
    public IceCandidatePairState State { get; init; }

    /// <summary>Whether data goes, or went last, this way.</summary>
    public bool IsSelected { get; init; }

    /// <summary>The latest round trip; null before the first.</summary>
    public TimeSpan? RoundTripTime { get; init; }

    /// <summary>What went wrong last, in a sentence; null when nothing did.</summary>
    public string? Error { get; init; }
}
