namespace BerOfChat.WebRtc;

/// <summary>A way from one of our candidates to one of the peer's (W3C RTCIceCandidatePairStats). Packets and bytes are those of the layers above, without checks.</summary>
public sealed record IceCandidatePairStatistics
{
    /// <summary>Our end.</summary>
    public required IceCandidateStatistics LocalCandidate { get; init; }

    /// <summary>The peer's end.</summary>
    public required IceCandidateStatistics RemoteCandidate { get; init; }

    /// <summary>Where its check stands.</summary>
    public IceCandidatePairState State { get; init; }

    /// <summary>Whether the controlling side has chosen it.</summary>
    public bool Nominated { get; init; }

    /// <summary>Packets sent over it.</summary>
    public long PacketsSent { get; init; }

    /// <summary>Packets received over it.</summary>
    public long PacketsReceived { get; init; }

    /// <summary>Bytes sent over it.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes received over it.</summary>
    public long BytesReceived { get; init; }

    /// <summary>The latest round trip; null before the first.</summary>
    public TimeSpan? CurrentRoundTripTime { get; init; }

    /// <summary>All measured round trips together.</summary>
    public TimeSpan TotalRoundTripTime { get; init; }

    /// <summary>Checks sent, repetitions and requests for consent included.</summary>
    public long RequestsSent { get; init; }

    /// <summary>Checks of the peer that were authentic.</summary>
    public long RequestsReceived { get; init; }

    /// <summary>Answers sent.</summary>
    public long ResponsesSent { get; init; }

    /// <summary>Answers received that were authentic.</summary>
    public long ResponsesReceived { get; init; }

    /// <summary>Requests for consent sent (RFC 7675).</summary>
    public long ConsentRequestsSent { get; init; }
}

/// <summary>Where the check of a pair stands (W3C RTCStatsIceCandidatePairState). No pair is ever frozen here.</summary>
public enum IceCandidatePairState
{
    /// <summary>Not checked yet.</summary>
    Waiting,

    /// <summary>A check is under way.</summary>
    InProgress,

    /// <summary>It was answered.</summary>
    Succeeded,

    /// <summary>It was not answered, or refused.</summary>
    Failed,
}
