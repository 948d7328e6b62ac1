namespace BerOfChat.WebRtc.Ice;

/// <summary>The timings and limits of an agent.</summary>
internal sealed record IceAgentOptions
{
    /// <summary>Whether this side decides which pair is used; the offerer does.</summary>
    public required bool IsControlling { get; init; }

    /// <summary>Whether the peer is told no address that means something only in our network; paths from there are tried all the same.</summary>
    public bool HidesPrivateAddresses { get; init; }

    /// <summary>Between two checks (Ta, RFC 8445 section 14.2).</summary>
    public TimeSpan Pace { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Before the first repetition of a check; doubles up to <see cref="MaxRetransmission"/>. RFC 8445 section 14.3 says at least 500 ms.</summary>
    public TimeSpan Retransmission { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan MaxRetransmission { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a check is sent before its pair has failed.</summary>
    public int MaxTransmissions { get; init; } = 9;

    /// <summary>How long the controlling side waits for a better pair once one is valid.</summary>
    public TimeSpan NominationPatience { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The same when the valid one goes by a relay, while a direct one may come. Data flows meanwhile.</summary>
    public TimeSpan RelayPatience { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Between two requests for consent on the pair in use, give or take a fifth (RFC 7675 section 5.1: 4 to 6 seconds, never less).</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Without any answer on the pair in use for this long, although asked again and again, the state is disconnected, and all pairs are checked again.</summary>
    public TimeSpan DisconnectedAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>So many requests in a row without an answer are needed for that too: one may get lost.</summary>
    public int DisconnectedAfterRequests { get; init; } = 3;

    /// <summary>Between two checks of the pair in use while it does not answer; on a slow path twice its round trip.</summary>
    public TimeSpan KeepAliveRepetition { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Without any answer on the pair in use for this long nothing more is sent (consent, RFC 7675), and the state is failed.</summary>
    public TimeSpan ConsentTimeout { get; init; } = DefaultFailedAfter;

    /// <summary>How long a path is looked for, from the last new check on. When it is more than <see cref="DefaultFailedAfter"/> the peer may learn of us late, and it counts from the beginning.</summary>
    public TimeSpan SearchFor { get; init; } = DefaultFailedAfter;

    /// <summary>As long as there is no path, or the one there was does not answer, pairs that have failed are checked again so often.</summary>
    public TimeSpan SearchRound { get; init; } = TimeSpan.FromSeconds(2);

    public static TimeSpan DefaultFailedAfter { get; } = TimeSpan.FromSeconds(30);

    /// <summary>The most addresses of the peer, signalled or learnt; a peer may name as many as it likes.</summary>
    public int MaxRemoteCandidates { get; init; } = 100;

    /// <summary>The most pairs: about 500 bytes each.</summary>
    public int MaxPairs { get; init; } = 200;

    /// <summary>RFC 8445 section 14.3: a long list must not repeat itself faster than it can be worked off.</summary>
    /// <param name="activeChecks">How many checks wait or are under way.</param>
    public TimeSpan FirstRetransmission(int activeChecks)
    {
        TimeSpan list = Pace * activeChecks;
        return list > Retransmission ? list : Retransmission;
    }
}
