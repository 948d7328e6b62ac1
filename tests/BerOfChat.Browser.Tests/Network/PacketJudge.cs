using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace BerOfChat.Browser;

/// <summary>Tells a packet that must be there from one that must not.</summary>
/// <param name="ours">Where our connections are.</param>
/// <param name="neighbors">Whom else the browser's system may look for on the line: itself and its name servers. It gets no answer from those.</param>
internal sealed class PacketJudge(IReadOnlyCollection<IPAddress> ours, IReadOnlyCollection<IPAddress> neighbors)
{
    private const int EthernetHeader = 14, IPv4Header = 20, IPv6Header = 40, HopByHopHeader = 8;
    private const ushort IPv4 = 0x0800, Arp = 0x0806, IPv6 = 0x86DD;
    private const byte HopByHop = 0, Icmp = 1, Igmp = 2, Udp = 17, IcmpV6 = 58;
    private const byte NeighborSolicitation = 135;
    private const ushort MulticastDnsPort = 5353;

    private static readonly IPAddress[] s_multicastDns = [IPAddress.Parse("224.0.0.251"), IPAddress.Parse("ff02::fb")];

    /// <summary>Judges an Ethernet frame.</summary>
    /// <param name="frame">The frame, whole.</param>
    /// <param name="stranger">What a stranger is after.</param>
    public PacketKind Judge(ReadOnlySpan<byte> frame, out string stranger)
    {
        ushort type = frame.Length < EthernetHeader + IPv4Header ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        ReadOnlySpan<byte> packet = frame[Math.Min(frame.Length, EthernetHeader)..];
        switch (type)
        {
            case Arp when packet.Length >= 28:
                return JudgeSearch(new IPAddress(packet[24..28]), out stranger);
            case IPv4 when packet.Length >= (packet[0] & 0xF) * 4:
                return Judge(packet[9], new IPAddress(packet[16..20]), packet[((packet[0] & 0xF) * 4)..], out stranger);
            case IPv6 when packet.Length >= IPv6Header + HopByHopHeader && packet[6] == HopByHop:
                // In front of a multicast report.
                return Judge(packet[IPv6Header], new IPAddress(packet[24..40]), packet[(IPv6Header + HopByHopHeader)..], out stranger);
            case IPv6 when packet.Length >= IPv6Header:
                return Judge(packet[6], new IPAddress(packet[24..40]), packet[IPv6Header..], out stranger);
            default:
                stranger = string.Create(CultureInfo.InvariantCulture, $"a frame of type {type:x4}");
                return PacketKind.Stranger;
        }
    }

    private PacketKind Judge(byte protocol, IPAddress destination, ReadOnlySpan<byte> payload, out string stranger)
    {
        stranger = "";
        ushort port = payload.Length < 4 ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
        switch (protocol)
        {
            case Udp when ours.Contains(destination):
                return PacketKind.ToUs;
            case Udp when port == MulticastDnsPort && s_multicastDns.Contains(destination):
                return PacketKind.MulticastDns;
            case IcmpV6 when payload.Length >= 24 && payload[0] == NeighborSolicitation:
                return JudgeSearch(new IPAddress(payload[8..24]), out stranger);
            case IcmpV6 when destination.IsIPv6Multicast || destination.IsIPv6LinkLocal || ours.Contains(destination):
            case Icmp when ours.Contains(destination):
            case Igmp:
                return PacketKind.Housekeeping;
            default:
                stranger = string.Create(CultureInfo.InvariantCulture, $"protocol {protocol} to {destination} port {port}");
                return PacketKind.Stranger;
        }
    }

    private PacketKind JudgeSearch(IPAddress target, out string stranger)
    {
        stranger = $"looks for {target}";
        return ours.Contains(target) || neighbors.Contains(target) || target.IsIPv6LinkLocal ? PacketKind.Housekeeping : PacketKind.Stranger;
    }
}

/// <summary>What a packet from the browser's network is.</summary>
internal enum PacketKind
{
    /// <summary>UDP to one of our addresses.</summary>
    ToUs,

    /// <summary>A name announced or asked for on the line.</summary>
    MulticastDns,

    /// <summary>What a system does to be on a network.</summary>
    Housekeeping,

    /// <summary>Must not be there.</summary>
    Stranger,
}
