namespace BerOfChat.WebRtc;

/// <summary>What came of asking a STUN or TURN server from one of our sockets.</summary>
public sealed record IceServerAttempt
{
    /// <summary>The server, as it is configured.</summary>
    public required string Url { get; init; }

    /// <summary>Whether it is a TURN server.</summary>
    public bool IsTurn { get; init; }

    /// <summary>How it is spoken to: udp, tcp or tls.</summary>
    public required string Protocol { get; init; }

    /// <summary>Whether it has done what it is there for: told our address, or given us one of its own. Null as long as it may still do it.</summary>
    public bool? Served { get; init; }

    /// <summary>How long it took to answer; null when it has not, or when that cannot be told.</summary>
    public TimeSpan? RoundTripTime { get; init; }

    /// <summary>What went wrong, in a sentence without names and addresses; null when nothing did.</summary>
    public string? Error { get; init; }
}
