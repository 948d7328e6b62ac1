namespace BerOfChat.Browser;

/// <summary>Who.</summary>
public enum Side
{
    Peer,
    We,
}

/// <summary>How a connection between another stack and us comes about.</summary>
internal sealed record PairOptions
{
    public Side Offerer { get; init; } = Side.Peer;

    /// <summary>Who starts the DTLS handshake. Everybody offers the choice and answers "active"; for the other way the offer says "active" itself, and the answer has to be "passive".</summary>
    public Side DtlsClient { get; init; } = Side.We;

    public bool UsesIPv6 { get; init; }

    /// <summary>How long our side waits for answers before it gives the peer up.</summary>
    public TimeSpan ConsentTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether our descriptions carry what the SCTP handshake would say.</summary>
    public bool UseSnap { get; init; }

    /// <summary>Changes the description on its way to the peer.</summary>
    public Func<string, string> TowardsPeer { get; init; } = sdp => sdp;

    /// <summary>Changes the description on its way to us.</summary>
    public Func<string, string> TowardsUs { get; init; } = sdp => sdp;

    /// <summary>Changes a candidate of ours on its way to the peer.</summary>
    public Func<string, string> CandidateTowardsPeer { get; init; } = candidate => candidate;

    /// <summary>Labels of the channels that either side opens before the negotiation.</summary>
    public IReadOnlyList<string> OpenedByPeer { get; init; } = ["hers"];

    public IReadOnlyList<string> OpenedByUs { get; init; } = ["ours"];

    /// <summary>Runs when the channels are made and nothing was negotiated yet.</summary>
    public Func<PeerPair, Task> BeforeNegotiation { get; init; } = _ => Task.CompletedTask;

    /// <summary>Labels and ids of the channels that both sides open by agreement.</summary>
    public IReadOnlyList<(string Label, ushort Id)> Negotiated { get; init; } = [];
}
