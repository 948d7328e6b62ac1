using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>The addresses of this machine that a peer might reach. The list is kept for a while: asking the system takes a millisecond.</summary>
internal static class LocalAddresses
{
    private const int MaxAddresses = 16;
    private static readonly TimeSpan s_lifetime = TimeSpan.FromSeconds(5);
    private static readonly Lock s_gate = new();
    private static IPAddress[] s_addresses = [];
    private static long s_readAt;

    public static IReadOnlyList<IPAddress> For(PeerConnectionOptions options)
    {
        if (options.BindAddresses is { } chosen) return chosen;
        IPAddress[] addresses = Get();
        return addresses.Length == 0 || options.IncludeLoopback ? [.. addresses, IPAddress.Loopback, IPAddress.IPv6Loopback] : addresses;
    }

    private static IPAddress[] Get()
    {
        lock (s_gate)
        {
            if (s_readAt != 0 && TimeProvider.System.GetElapsedTime(s_readAt) < s_lifetime) return s_addresses;
            s_addresses = Read();
            s_readAt = TimeProvider.System.GetTimestamp();
            return s_addresses;
        }
    }

    private static IPAddress[] Read() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .Where(a => a.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 && !a.IsIPv6LinkLocal && !a.IsIPv6SiteLocal && !a.IsIPv4MappedToIPv6)
            .Distinct()
            .Take(MaxAddresses),
    ];
}
