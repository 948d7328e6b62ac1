using System.Net;
using BerOfChat.WebRtc.Proxies;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>The way to a server through a proxy.</summary>
internal sealed class ProxyRoute
{
    private const int DefaultSocksPort = 1080;

    private readonly Func<IProxyHandshake> _createHandshake;

    private ProxyRoute(string host, int port, Func<IProxyHandshake> createHandshake)
    {
        Host = host;
        Port = port;
        _createHandshake = createHandshake;
    }

    /// <summary>Where the proxy is.</summary>
    public string Host { get; }

    /// <summary>The proxy's port.</summary>
    public int Port { get; }

    /// <summary>Says why an address cannot be a proxy's; null when it can.</summary>
    public static string? FindFault(Uri address) => address switch
    {
        { IsAbsoluteUri: false } or not { Scheme: "http" or "socks5" } or { Host: "" } => "The address of a proxy looks like http://proxy.example:3128 or socks5://127.0.0.1:9050; other kinds are not supported.",
        { UserInfo: not "" } => "User name and password of a proxy do not stand in its address: set WebProxy.Credentials.",
        _ => null,
    };

    /// <summary>Asks which proxy lies before a server. That may be code of the application, and may block: never on a loop.</summary>
    /// <returns>Null for none.</returns>
    public static ProxyRoute? Find(IWebProxy? proxy, StreamServer server)
    {
        if (proxy is null) return null;
        if (Ask(proxy, new UriBuilder(Uri.UriSchemeHttps, server.Host, server.Port).Uri) is not { } address) return null;
        if (FindFault(address) is { } fault) throw new StreamLinkException(StreamLinkFailureKind.ProxyNotSupported, fault);

        bool isSocks = address.Scheme == "socks5";
        int port = address.Port > 0 ? address.Port : DefaultSocksPort;
        ProxyCredentials? credentials = FindCredentials(proxy, address, isSocks);
        return new ProxyRoute(address.IdnHost.Trim('[', ']'), port, isSocks
            ? () => new Socks5Handshake(server.Host, server.Port, credentials)
            : () => new HttpConnectHandshake(server.Host, server.Port, credentials));
    }

    /// <summary>What is to be said to the proxy.</summary>
    public IProxyHandshake CreateHandshake()
    {
        try
        {
            return _createHandshake();
        }
        catch (ArgumentException e)
        {
            throw new StreamLinkException(StreamLinkFailureKind.ProxyNotSupported, e.Message, e);
        }
    }

    private static Uri? Ask(IWebProxy proxy, Uri destination)
    {
        try
        {
            return proxy.IsBypassed(destination) || proxy.GetProxy(destination) is not { } address || address == destination ? null : address;
        }
        catch (Exception e)
        {
            throw new StreamLinkException(StreamLinkFailureKind.ProxyNotSupported, "The proxy of the options has thrown an exception instead of naming an address.", e);
        }
    }

    // The words by which the handlers of .NET ask for the same.
    private static ProxyCredentials? FindCredentials(IWebProxy proxy, Uri address, bool isSocks)
    {
        try
        {
            return proxy.Credentials?.GetCredential(address, isSocks ? address.Scheme : "Basic") is { UserName: not "" } found ? new ProxyCredentials(found.UserName, found.Password) : null;
        }
        catch (Exception e)
        {
            throw new StreamLinkException(StreamLinkFailureKind.ProxyNotSupported, "The credentials of the proxy have thrown an exception.", e);
        }
    }
}
