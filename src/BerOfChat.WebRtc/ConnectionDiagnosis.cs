namespace BerOfChat.WebRtc;

/// <summary>Why a connection is where it is: the one cause to look at first. <c>docs/troubleshooting.md</c> has a part for each.</summary>
public enum ConnectionDiagnosis
{
    /// <summary>It is too early to say: a path is being looked for, or encryption is being set up.</summary>
    InProgress,

    /// <summary>Connected, without a relay.</summary>
    ConnectedDirectly,

    /// <summary>Connected by a TURN server.</summary>
    ConnectedByRelay,

    /// <summary>We have closed it.</summary>
    ClosedLocally,

    /// <summary>The peer has closed it.</summary>
    ClosedByPeer,

    /// <summary>The peer's description has not come, or none of its candidates: signaling was lost, or the peer is not there.</summary>
    SignalingIncomplete,

    /// <summary>Neither a STUN nor a TURN server is configured, and no path between the addresses of the two devices works.</summary>
    NoServersConfigured,

    /// <summary>No STUN server has answered, and there is no TURN server: UDP is blocked here, or the servers cannot be reached.</summary>
    StunUnreachable,

    /// <summary>The addresses that STUN servers see do not serve the peer, probably because both sides are behind address- and port-dependent ("symmetric") NATs, and there is no TURN server.</summary>
    RelayNeeded,

    /// <summary>A TURN server has refused user name or password.</summary>
    RelayCredentialsRefused,

    /// <summary>A TURN server has refused for another reason: its limits, or what it permits.</summary>
    RelayRefused,

    /// <summary>No TURN server has answered.</summary>
    RelayUnreachable,

    /// <summary>Nothing has answered by UDP, and no TURN server over TCP or TLS is configured.</summary>
    UdpBlocked,

    /// <summary>One side has only addresses of IPv4, the other only addresses of IPv6.</summary>
    NoCommonAddressFamily,

    /// <summary>Our side is reachable, by a relay or as STUN servers see it, and the peer has not come by any path.</summary>
    PeerUnreachable,

    /// <summary>It was connected; then the peer has answered no more, and nothing points at our side.</summary>
    PeerGone,

    /// <summary>It was connected; then the NAT in front of us gave us another address: it was restarted, the way through it was idle too long, or we are in another network.</summary>
    MappingLost,

    /// <summary>It was connected; then neither the peer nor servers that had answered before were heard from: our network is gone.</summary>
    NetworkLost,

    /// <summary>It was connected by a TURN server; that one answers no more, or has given our address away.</summary>
    RelayLost,

    /// <summary>A certificate is not the one that the description names: a description of another connection was used, or somebody is in between.</summary>
    CertificateMismatch,

    /// <summary>DTLS was refused: the two sides have no version or cipher suite in common, or one has broken the protocol.</summary>
    DtlsRefused,

    /// <summary>A path works, and DTLS did not end its handshake in time: something lets small packets pass and drops others, or the peer has stopped.</summary>
    DtlsTimedOut,

    /// <summary>One side has broken a protocol after the handshake.</summary>
    ProtocolFailure,
}
