using BerOfChat.WebRtc.Proxies;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Why there is no link, or none any more.</summary>
internal enum StreamLinkFailureKind
{
    /// <summary>DNS does not know the server's name.</summary>
    NameNotFound = 1,

    /// <summary>No address of the server takes the connection.</summary>
    Unreachable,

    /// <summary>It took too long.</summary>
    TimedOut,

    /// <summary>The server does not speak TLS as it should.</summary>
    TlsFailed,

    /// <summary>The server's certificate is for another name, has expired, or comes from somebody who is not trusted.</summary>
    CertificateRefused,

    /// <summary>The proxy itself cannot be reached.</summary>
    ProxyUnreachable,

    /// <summary>The proxy does not carry the connection; see <see cref="StreamLinkFailure.Proxy"/>.</summary>
    ProxyRefused,

    /// <summary>The proxy's address is of a kind that is not supported.</summary>
    ProxyNotSupported,

    /// <summary>The server has sent what is neither STUN nor ChannelData.</summary>
    Malformed,

    /// <summary>The link was there and is closed.</summary>
    Closed,
}

/// <summary>What has ended a link, or kept it from being made.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Text">For people, with what to do; names no host and no user.</param>
/// <param name="Proxy">What the proxy has answered, where it was the proxy.</param>
internal sealed record StreamLinkFailure(StreamLinkFailureKind Kind, string Text, ProxyFailure? Proxy = null);

/// <summary>Carries a failure up to who reports it.</summary>
#pragma warning disable CA1064 // It never leaves this folder.
internal sealed class StreamLinkException(StreamLinkFailure failure, Exception? cause = null) : Exception(failure.Text, cause)
#pragma warning restore CA1064
{
    public StreamLinkException(StreamLinkFailureKind kind, string text, Exception? cause = null)
        : this(new StreamLinkFailure(kind, text), cause)
    {
    }

    public StreamLinkFailure Failure => failure;
}
