namespace BerOfChat.WebRtc.Turn;

/// <summary>What was sent, and what was dropped and why: for diagnosis.</summary>
internal sealed class TurnCounters
{
    public long RequestsSent { get; set; }

    public long Retransmissions { get; set; }

    /// <summary>Requests sent again with a newer nonce.</summary>
    public long StaleNonces { get; set; }

    /// <summary>Neither STUN nor channel data.</summary>
    public long Malformed { get; set; }

    /// <summary>Answers without proof that the server knows the password.</summary>
    public long Unauthenticated { get; set; }

    /// <summary>Answers to what was not asked, or was answered before.</summary>
    public long UnknownResponses { get; set; }

    /// <summary>Data of peers without a permission, and of channels that nobody has bound.</summary>
    public long UnexpectedData { get; set; }

    /// <summary>Peers beyond <see cref="TurnClientOptions.MaxPermissions"/> or <see cref="TurnClientOptions.MaxChannels"/>.</summary>
    public long PeersRefused { get; set; }
}
