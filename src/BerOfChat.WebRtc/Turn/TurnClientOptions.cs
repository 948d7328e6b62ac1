namespace BerOfChat.WebRtc.Turn;

/// <summary>What one allocation needs to know; all times have the values of RFC 8656 or of what browsers do.</summary>
internal sealed record TurnClientOptions
{
    public const int DefaultMaxPermissions = 128;

    public const int DefaultMaxChannels = 16;

    /// <summary>The user name; with REST credentials its first part is the time at which they expire. At most 508 bytes of UTF-8.</summary>
    public required string Username { get; init; }

    /// <summary>The password; a secret.</summary>
    public required string Password { get; init; }

    /// <summary>Whether TCP or TLS carries it: nothing is retransmitted, and frames are padded to four bytes.</summary>
    public bool IsStream { get; init; }

    /// <summary>The family of the relayed address to ask for; null: the server's choice, which is IPv4 (RFC 8656 section 7.1).</summary>
    public TurnAddressFamily? RequestedFamily { get; init; }

    /// <summary>How many addresses of peers may be permitted; each is renewed every four minutes.</summary>
    public int MaxPermissions { get; init; } = DefaultMaxPermissions;

    /// <summary>How many peers get a channel. The others are reached too, at a greater price.</summary>
    public int MaxChannels { get; init; } = DefaultMaxChannels;

    /// <summary>How often a server may name another one.</summary>
    public int MaxRedirections { get; init; } = 3;

    /// <summary>How often one request is sent again because its nonce was stale.</summary>
    public int MaxNonceRetries { get; init; } = 4;

    /// <summary>The time after which a request is sent again over UDP, at first; it doubles.</summary>
    public TimeSpan FirstRetransmission { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest time between two transmissions of one request.</summary>
    public TimeSpan MaxRetransmission { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How often a request is sent over UDP: at 0, 0.25, 0.75, 1.75, 3.75, 7.75 and 15.75 s; the end comes at 23.75 s.</summary>
    public int MaxTransmissions { get; init; } = 7;

    /// <summary>How long an answer may take over a stream (RFC 8489 section 6.2.2).</summary>
    public TimeSpan StreamTimeout { get; init; } = TimeSpan.FromSeconds(39.5);

    /// <summary>How often permissions, which last five minutes, and channels, which last ten and renew the permission too, are renewed.</summary>
    public TimeSpan RenewalInterval { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>After how long a renewal or a refresh that was not answered is tried again.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>An allocation is refreshed this long before its end, or at half of its life when that is shorter.</summary>
    public TimeSpan RefreshMargin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A server that grants shorter lives is not asked more often than this.</summary>
    public TimeSpan MinRefreshInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A longer life is not believed: who grants days may have restarted by then.</summary>
    public TimeSpan MaxLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Carries the password: never as text.</summary>
    public override string ToString() => nameof(TurnClientOptions);
}

/// <summary>The families of RFC 8656 section 18.6, with their numbers.</summary>
internal enum TurnAddressFamily
{
    IPv4 = 1,
    IPv6 = 2,
}
