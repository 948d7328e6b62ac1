namespace BerOfChat.WebRtc.Proxies;

/// <summary>Why a proxy does not carry a connection.</summary>
internal enum ProxyFailureKind
{
    /// <summary>What it said is not the protocol.</summary>
    Malformed = 1,

    /// <summary>It wants a user name and a password, and there are none.</summary>
    CredentialsRequired,

    /// <summary>It does not take this user name and password.</summary>
    CredentialsRefused,

    /// <summary>It wants another way of proving who we are than it was offered.</summary>
    MethodNotSupported,

    /// <summary>Its rules forbid the destination.</summary>
    Forbidden,

    /// <summary>It found no way to the destination, or not its name.</summary>
    DestinationUnreachable,

    /// <summary>Nobody listens at the destination.</summary>
    DestinationRefused,

    /// <summary>It could not, for a reason of its own.</summary>
    Failed,
}
