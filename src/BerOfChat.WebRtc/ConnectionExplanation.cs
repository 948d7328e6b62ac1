using BerOfChat.WebRtc.Connection.Diagnosis;

namespace BerOfChat.WebRtc;

/// <summary>
/// Says why a connection is where it is: what was tried, what came of it, the one cause to look at first, and what to do. It is a snapshot. Its texts, and <see cref="ToString"/>, name no address, and can be
/// shown and logged; <see cref="IceServerAttempt.Url"/> names servers.
/// </summary>
public sealed record ConnectionExplanation
{
    /// <summary>The cause.</summary>
    public required ConnectionDiagnosis Diagnosis { get; init; }

    /// <summary>The cause in a sentence or two.</summary>
    public string Summary => DiagnosisTexts.Summarize(Diagnosis);

    /// <summary>What to do about it, in a sentence or two; empty when nothing is to be done.</summary>
    public string Cure => DiagnosisTexts.FindCure(Diagnosis);

    /// <summary>Where the connection stood.</summary>
    public PeerConnectionState State { get; init; }

    /// <summary>Why it has ended; null when it has not, or was closed.</summary>
    public WebRtcErrorCode? ErrorCode { get; init; }

    /// <summary>What came of asking the servers: one for each server and each socket that asked it.</summary>
    public IReadOnlyList<IceServerAttempt> Servers { get; init; } = [];

    /// <summary>The paths that were tried, the most promising first.</summary>
    public IReadOnlyList<CandidatePairAttempt> CandidatePairs { get; init; } = [];

    /// <summary>The kinds of our candidates, each once: host, srflx, relay.</summary>
    public IReadOnlyList<string> LocalCandidateTypes { get; init; } = [];

    /// <summary>The kinds of the peer's candidates, each once; prflx was learnt from its checks.</summary>
    public IReadOnlyList<string> RemoteCandidateTypes { get; init; } = [];

    /// <summary>
    /// Whether the NAT in front of us gives a socket the same outer address whomever it writes to (endpoint-independent mapping, RFC 4787 section 4.1), or there is none. False: it is what people call symmetric,
    /// and the peer has to be reached in another way. Null: not known; <see cref="LocalNat"/> says why.
    /// </summary>
    public bool? HasEndpointIndependentMapping { get; init; }

    /// <summary>What was seen of the NAT in front of us, or why that is not known.</summary>
    public string LocalNat { get; init; } = "";

    /// <summary>What was seen of the NAT in front of the peer, or why that is not known.</summary>
    public string RemoteNat { get; init; } = "";

    /// <summary>A page of a few lines for people, without addresses.</summary>
    public override string ToString() => ExplanationPage.Write(this);
}
