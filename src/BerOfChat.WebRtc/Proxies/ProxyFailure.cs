namespace BerOfChat.WebRtc.Proxies;

/// <summary>What a proxy has answered instead of carrying a connection.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Code">The status of HTTP, or the reply of SOCKS; 0 when it did not come so far.</param>
internal sealed record ProxyFailure(ProxyFailureKind Kind, int Code = 0)
{
    /// <summary>For people; names no host and no user.</summary>
    public string Text => Kind switch
    {
        ProxyFailureKind.Malformed => "The proxy does not speak the protocol that its address names. Is it an HTTP proxy (http://) or a SOCKS5 proxy (socks5://)?",
        ProxyFailureKind.CredentialsRequired => "The proxy asks for a user name and a password. Set the credentials of the proxy.",
        ProxyFailureKind.CredentialsRefused => "The proxy does not accept the user name and the password. Check the credentials of the proxy.",
        ProxyFailureKind.MethodNotSupported => "The proxy asks for a kind of authentication that is not supported. An HTTP proxy has to take Basic, a SOCKS5 proxy a user name and a password, or none.",
        ProxyFailureKind.Forbidden => "The proxy forbids this destination. Ask who runs it whether its port may be used; 443 mostly may.",
        ProxyFailureKind.DestinationUnreachable => "The proxy cannot reach the server, or does not find its name. Check the name.",
        ProxyFailureKind.DestinationRefused => "Nobody listens at the server's port, says the proxy. Check the port.",
        _ => "The proxy has refused.",
    } + (Code == 0 ? "" : $" (Code {Code}.)");
}
