using System.Globalization;

namespace BerOfChat.WebRtc.Ice.Gathering;

/// <summary>The URL of a STUN or TURN server (RFC 7064, RFC 7065).</summary>
/// <param name="IsTurn">Whether it relays.</param>
/// <param name="Transport">How it is spoken to.</param>
/// <param name="Host">A name or an address; that of IPv6 without brackets.</param>
/// <param name="Port">Its port.</param>
internal readonly record struct IceServerUrl(bool IsTurn, IceServerTransport Transport, string Host, ushort Port)
{
    private const ushort DefaultPort = 3478, DefaultTlsPort = 5349;
    private const int MaxHostLength = 253;
    private const string Examples = "Right ones are stun:stun.example.org, turn:turn.example.org:3478?transport=tcp and turns:turn.example.org.";

    /// <summary>Whether it is spoken to over a connection of TCP or TLS.</summary>
    public bool IsStream => Transport != IceServerTransport.Udp;

    /// <summary>Reads a URL.</summary>
    /// <param name="text">The URL.</param>
    /// <param name="url">What it says.</param>
    /// <param name="mistake">What is wrong with it, without any of it: people write passwords into URLs.</param>
    public static bool TryParse(string? text, out IceServerUrl url, out string? mistake)
    {
        url = default;
        mistake = null;
        int colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        string scheme = colon < 0 ? "" : text![..colon].ToLowerInvariant();
        if (scheme is not ("stun" or "turn" or "turns"))
            return Refuse(scheme == "stuns" ? "STUN over TLS finds no address that UDP could use. " : "The URL of an ICE server begins with stun:, turn: or turns:. ", out mistake);

        string rest = text![(colon + 1)..];
        int query = rest.IndexOf('?', StringComparison.Ordinal);
        string authority = query < 0 ? rest : rest[..query];
        if (!TryParseTransport(scheme, query < 0 ? null : rest[(query + 1)..], out IceServerTransport transport)) return Refuse("Behind the ? of the URL of a TURN server stands transport=udp or transport=tcp, of a turns: URL only the latter. ", out mistake);
        if (authority.Contains('@', StringComparison.Ordinal)) return Refuse($"User name and password do not stand in the URL of an ICE server, but in {nameof(IceServer.Username)} and {nameof(IceServer.Credential)}. ", out mistake);
        if (authority.StartsWith("//", StringComparison.Ordinal)) return Refuse("The URL of an ICE server has no slashes. ", out mistake);
        if (!TryParseAuthority(authority, scheme == "turns" ? DefaultTlsPort : DefaultPort, out string host, out ushort port)) return Refuse("The URL of an ICE server names a host, and a port from 1 to 65535 if it is another than usual; an IPv6 address stands in brackets. ", out mistake);

        url = new IceServerUrl(scheme != "stun", transport, host, port);
        return true;
    }

    public override string ToString()
    {
        string scheme = !IsTurn ? "stun" : Transport == IceServerTransport.Tls ? "turns" : "turn";
        string host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return $"{scheme}:{host}:{Port.ToString(CultureInfo.InvariantCulture)}{(IsTurn ? Transport == IceServerTransport.Udp ? "?transport=udp" : "?transport=tcp" : "")}";
    }

    private static bool TryParseTransport(string scheme, string? query, out IceServerTransport transport)
    {
        transport = scheme == "turns" ? IceServerTransport.Tls : IceServerTransport.Udp;
        if (query is null) return true;
        switch (scheme, query.ToLowerInvariant())
        {
            case ("turn", "transport=udp"):
            case ("turns", "transport=tcp"):
                return true;
            case ("turn", "transport=tcp"):
                transport = IceServerTransport.Tcp;
                return true;
            default:
                return false;
        }
    }

    private static bool TryParseAuthority(string authority, ushort defaultPort, out string host, out ushort port)
    {
        host = "";
        port = defaultPort;
        int portColon = authority.LastIndexOf(':');
        if (authority.StartsWith('['))
        {
            int bracket = authority.IndexOf(']', StringComparison.Ordinal);
            if (bracket < 0) return false;
            host = authority[1..bracket];
            if (Uri.CheckHostName(host) != UriHostNameType.IPv6) return false;
            if (bracket == authority.Length - 1) return true;
            if (portColon != bracket + 1) return false;
        }
        else
        {
            host = portColon < 0 ? authority : authority[..portColon];
            if (host.Length > MaxHostLength || Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4)) return false;
            if (portColon < 0) return true;
        }

        return ushort.TryParse(authority.AsSpan(portColon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port != 0;
    }

    private static bool Refuse(string reason, out string mistake)
    {
        mistake = reason + Examples;
        return false;
    }
}

/// <summary>How a server is spoken to.</summary>
internal enum IceServerTransport
{
    Udp,
    Tcp,
    Tls,
}

/// <summary>The names of the W3C (RTCIceServerTransportProtocol).</summary>
internal static class IceServerTransportNames
{
    public static string ToName(this IceServerTransport transport) => transport switch
    {
        IceServerTransport.Udp => "udp",
        IceServerTransport.Tcp => "tcp",
        _ => "tls",
    };
}
