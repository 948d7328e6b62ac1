namespace BerOfChat.WebRtc;

/// <summary>A snapshot of a connection: what W3C's getStats tells of a connection with data channels, under its names.</summary>
public sealed record PeerConnectionStatistics
{
    /// <summary>When it was taken.</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>The encrypted path.</summary>
    public required TransportStatistics Transport { get; init; }

    /// <summary>The association that carries the channels; null before it has begun.</summary>
    public SctpTransportStatistics? SctpTransport { get; init; }

    /// <summary>Every pair of candidates, the best first.</summary>
    public required IReadOnlyList<IceCandidatePairStatistics> CandidatePairs { get; init; }

    /// <summary>Our candidates.</summary>
    public required IReadOnlyList<IceCandidateStatistics> LocalCandidates { get; init; }

    /// <summary>The peer's candidates, signalled or learnt.</summary>
    public required IReadOnlyList<IceCandidateStatistics> RemoteCandidates { get; init; }

    /// <summary>The channels that are not closed.</summary>
    public required IReadOnlyList<DataChannelStatistics> DataChannels { get; init; }

    /// <summary>How many channels have opened so far.</summary>
    public int DataChannelsOpened { get; init; }

    /// <summary>How many of these have closed.</summary>
    public int DataChannelsClosed { get; init; }

    /// <summary>How our end of the path in use was learnt: host, srflx, prflx or relay; null without a path.</summary>
    public string? LocalCandidateType => Transport.SelectedCandidatePair?.LocalCandidate.CandidateType;

    /// <summary>How the peer's end was learnt.</summary>
    public string? RemoteCandidateType => Transport.SelectedCandidatePair?.RemoteCandidate.CandidateType;

    /// <summary>Our address on the path in use, with its port.</summary>
    public string? LocalAddress => Transport.SelectedCandidatePair?.LocalCandidate.ToString();

    /// <summary>The peer's address on the path in use, with its port.</summary>
    public string? RemoteAddress => Transport.SelectedCandidatePair?.RemoteCandidate.ToString();

    /// <summary>The latest round-trip time of the path in use.</summary>
    public TimeSpan? RoundTripTime => Transport.SelectedCandidatePair?.CurrentRoundTripTime;

    /// <summary>The cipher suite's name as IANA registers it; null before the handshake has ended.</summary>
    public string? CipherSuite => Transport.DtlsCipher;

    /// <summary>Bytes of UDP payload sent, checks included.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes of UDP payload received, checks and what was dropped included.</summary>
    public long BytesReceived { get; init; }

    /// <summary>SCTP chunks sent more than once.</summary>
    public long Retransmissions => SctpTransport?.Retransmissions ?? 0;
}
