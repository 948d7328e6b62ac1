using System.Globalization;
using BerOfChat.WebRtc.Ice.Gathering;

namespace BerOfChat.WebRtc.Ice;

/// <summary>Makes our candidates: gives them foundations and priorities.</summary>
internal sealed class IceLocalCandidates
{
    // Relays differ in what carries us there: a datagram that is lost holds up none behind it.
    private const ushort UdpRelayPreference = 0xFFFF, TcpRelayPreference = 0x7FFF, TlsRelayPreference = 0x3FFF;

    private readonly List<(IceCandidateType Type, UInt128 Base, UInt128? Server, IceServerTransport Transport)> _foundations = [];
    private int _hosts;
    private int _relays;

    public IceLocalCandidate MakeHost(int socketId, TransportAddress address)
    {
        ushort preference = (ushort)(ushort.MaxValue - _hosts++);
        string foundation = FindFoundation(IceCandidateType.Host, address, server: null, IceServerTransport.Udp);
        return new IceLocalCandidate(socketId, preference, new IceCandidate(foundation, IceCandidate.ComputePriority(IceCandidateType.Host, preference), address, IceCandidateType.Host));
    }

    /// <param name="host">The socket that was seen.</param>
    /// <param name="mapped">As what.</param>
    /// <param name="server">Who saw it.</param>
    /// <param name="url">The same as its owner wrote it.</param>
    public IceLocalCandidate MakeServerReflexive(IceLocalCandidate host, TransportAddress mapped, TransportAddress server, IceServerUrl url)
    {
        string foundation = FindFoundation(IceCandidateType.ServerReflexive, host.Address, server, url.Transport);
        uint priority = IceCandidate.ComputePriority(IceCandidateType.ServerReflexive, host.LocalPreference);
        return new IceLocalCandidate(host.SocketId, host.LocalPreference, new IceCandidate(foundation, priority, mapped, IceCandidateType.ServerReflexive) { RelatedAddress = host.Address }, url);
    }

    /// <param name="relayId">The allocation.</param>
    /// <param name="relayed">Its address at the relay.</param>
    /// <param name="mapped">As what the relay sees us; null hides it.</param>
    /// <param name="server">The relay.</param>
    /// <param name="url">The same as its owner wrote it.</param>
    public IceLocalCandidate MakeRelay(int relayId, TransportAddress relayed, TransportAddress? mapped, TransportAddress server, IceServerUrl url)
    {
        ushort first = url.Transport switch
        {
            IceServerTransport.Udp => UdpRelayPreference,
            IceServerTransport.Tcp => TcpRelayPreference,
            _ => TlsRelayPreference,
        };
        ushort preference = (ushort)(first - _relays++);
        string foundation = FindFoundation(IceCandidateType.Relay, relayed, server, url.Transport);
        uint priority = IceCandidate.ComputePriority(IceCandidateType.Relay, preference);
        return new IceLocalCandidate(relayId, preference, new IceCandidate(foundation, priority, relayed, IceCandidateType.Relay) { RelatedAddress = mapped }, url);
    }

    // The same when kind, address of the base, address of the server and transport are (RFC 8445 section 5.1.1.3).
    private string FindFoundation(IceCandidateType type, TransportAddress @base, TransportAddress? server, IceServerTransport transport)
    {
        (IceCandidateType, UInt128, UInt128?, IceServerTransport) key = (type, @base.Bits, server?.Bits, transport);
        int index = _foundations.IndexOf(key);
        if (index < 0)
        {
            index = _foundations.Count;
            _foundations.Add(key);
        }

        return (index + 1).ToString(CultureInfo.InvariantCulture);
    }
}
