using System.Net;

namespace BerOfChat.Signaling;

/// <summary>Which addresses of a signaling service are acceptable.</summary>
internal static class SignalingAddress
{
    public static bool IsWebSocket(Uri address) => address.IsAbsoluteUri && address.Scheme is "ws" or "wss";

    /// <summary>Whether TLS may be missing: towards this machine and private networks, where certificates are hard to come by.</summary>
    public static bool IsSecureOrPrivate(Uri address)
    {
        if (address.Scheme == "wss") return true;
        if (string.Equals(address.IdnHost, "localhost", StringComparison.OrdinalIgnoreCase)) return true;

        // Other names are not resolved: a name can point anywhere by the time it is used.
        return address.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6
            && IPAddress.TryParse(address.IdnHost, out IPAddress? host)
            && IsPrivate(host);
    }

    private static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address)) return true;
        foreach (IPNetwork network in s_private)
        {
            if (network.Contains(address)) return true;
        }

        return false;
    }

    private static readonly IPNetwork[] s_private =
    [
        IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"),      // RFC 1918
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("fe80::/10"),                                         // link-local
        IPNetwork.Parse("100.64.0.0/10"),                                                                        // RFC 6598, used by overlay networks
        IPNetwork.Parse("fc00::/7"),                                                                             // RFC 4193
    ];
}
