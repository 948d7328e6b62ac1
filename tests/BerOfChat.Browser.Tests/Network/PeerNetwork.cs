using System.Globalization;
using System.Net;

namespace BerOfChat.Browser;

/// <summary>
/// A network namespace that belongs to the peer's process, and a pair of virtual Ethernet interfaces between it and ours. It has no name and no other member: when
/// the process ends, however that comes, the kernel takes both away. Beyond our end of the pair nothing can be reached: it forwards nothing, and answers for no
/// other address of this machine.
/// </summary>
internal sealed class PeerNetwork
{
    private PeerNetwork(string interfaceName, IPAddress ours4, IPAddress theirs4, IPAddress ours6, IPAddress theirs6)
    {
        InterfaceName = interfaceName;
        Ours4 = ours4;
        Theirs4 = theirs4;
        Ours6 = ours6;
        Theirs6 = theirs6;
    }

    /// <summary>Our end of the pair.</summary>
    public string InterfaceName { get; }

    public IPAddress Ours4 { get; }

    public IPAddress Theirs4 { get; }

    public IPAddress Ours6 { get; }

    public IPAddress Theirs6 { get; }

    /// <summary>No namespace: this machine's own loopback.</summary>
    public static PeerNetwork Loopback { get; } = new("lo", IPAddress.Loopback, IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.IPv6Loopback);

    /// <summary>Why there can be none here; null when it is possible.</summary>
    public static async Task<string?> FindObstacleAsync()
    {
        if (!OperatingSystem.IsLinux()) return "Network namespaces need Linux.";
        if (!Environment.IsPrivilegedProcess) return "A network namespace for the other side needs root.";
        string[] missing = [.. new[] { "ip", "unshare", "nsenter" }.Where(tool => Tool.Find(tool) is null)];
        if (missing.Length > 0) return $"Not installed: {string.Join(", ", missing)} (Debian: apt-get install iproute2 util-linux).";
        try
        {
            await Tool.RunAsync("unshare", "--net ip link set lo up");
            return null;
        }
        catch (InvalidOperationException)
        {
            return "This container may not make network namespaces (it lacks CAP_SYS_ADMIN or CAP_NET_ADMIN).";
        }
    }

    /// <summary>Lays the line to a process that has its own namespace already.</summary>
    public static async Task<PeerNetwork> CreateAsync(int process)
    {
        // The benchmark range of RFC 2544 has no other use on a machine; each process its own four addresses of it.
        int block = process % (1 << 15) * 4;
        string prefix4 = string.Create(CultureInfo.InvariantCulture, $"198.{18 + (block >> 16)}.{(block >> 8) & 0xFF}.");
        string prefix6 = string.Create(CultureInfo.InvariantCulture, $"fdbe:0:{process >> 16:x}:{process & 0xFFFF:x}::");
        PeerNetwork network = new(
            string.Create(CultureInfo.InvariantCulture, $"berof{process}"),
            IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{prefix4}{(block & 0xFF) + 1}")),
            IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{prefix4}{(block & 0xFF) + 2}")),
            IPAddress.Parse(prefix6 + "1"),
            IPAddress.Parse(prefix6 + "2"));
        string ours = network.InterfaceName;
        await Tool.RunAsync("ip", $"link add {ours} type veth peer name line netns {process}");
        await File.WriteAllTextAsync($"/proc/sys/net/ipv4/conf/{ours}/forwarding", "0");
        await File.WriteAllTextAsync($"/proc/sys/net/ipv6/conf/{ours}/forwarding", "0");
        await File.WriteAllTextAsync($"/proc/sys/net/ipv4/conf/{ours}/arp_ignore", "1");
        await Tool.RunAsync("ip", $"addr add {network.Ours4}/30 dev {ours}");
        await Tool.RunAsync("ip", $"addr add {network.Ours6}/64 dev {ours} nodad");
        await Tool.RunAsync("ip", $"link set {ours} up");
        string inside = $"-t {process} -n ip ";
        await Tool.RunAsync("nsenter", inside + "link set lo up");
        await Tool.RunAsync("nsenter", inside + $"addr add {network.Theirs4}/30 dev line");
        await Tool.RunAsync("nsenter", inside + $"addr add {network.Theirs6}/64 dev line nodad");
        await Tool.RunAsync("nsenter", inside + "link set line up");

        // The browser takes the address that its default route would use; whatever else it seeks there, nobody answers.
        await Tool.RunAsync("nsenter", inside + "route add default dev line");
        await Tool.RunAsync("nsenter", inside + "-6 route add default dev line");
        return network;
    }
}
