namespace BerOfChat.WebRtc.Turn;

/// <summary>Why there is no allocation.</summary>
/// <param name="Kind">The cause.</param>
/// <param name="Code">The server's STUN error code, 300 to 699; 0 when it did not give one.</param>
internal readonly record struct TurnFailure(TurnFailureKind Kind, int Code = 0);

/// <summary>The kinds of <see cref="TurnFailure"/>, each with its code in RFC 8656 section 19 or RFC 8489 section 14.8.</summary>
internal enum TurnFailureKind
{
    /// <summary>The server did not answer.</summary>
    Timeout,

    /// <summary>Only such answers came as do not prove that the server knows the password (RFC 8489 section 9.2.5); the code is the one that they carry.</summary>
    IntegrityFailed,

    /// <summary>401 to a request that carried credentials: user name or password are wrong, or their time is over.</summary>
    CredentialsRefused,

    /// <summary>User name or password contain what must not stand there, or are too long; nothing was sent.</summary>
    CredentialsUnusable,

    /// <summary>441: the allocation belongs to another user name; a new one, from another port, is needed.</summary>
    WrongCredentials,

    /// <summary>438 again and again.</summary>
    StaleNonce,

    /// <summary>403: the server does not relay for us.</summary>
    Forbidden,

    /// <summary>437 to the first request: the server still has an allocation for this port of ours. Another port helps.</summary>
    AllocationMismatch,

    /// <summary>437 later, or the time of the allocation ran out: it does not exist any more.</summary>
    AllocationLost,

    /// <summary>440 or 443: the server has no relayed addresses of that family.</summary>
    AddressFamilyUnsupported,

    /// <summary>442: the server does not relay UDP.</summary>
    TransportUnsupported,

    /// <summary>486: this user has as many allocations as it may have.</summary>
    QuotaReached,

    /// <summary>508: the server has no address or port left.</summary>
    InsufficientCapacity,

    /// <summary>300 too often.</summary>
    TooManyRedirections,

    /// <summary>The answer is none that RFC 8656 knows: attributes are missing, too long, or must be understood and are not.</summary>
    InvalidResponse,

    /// <summary>Another error; the code says which.</summary>
    ServerError,
}
