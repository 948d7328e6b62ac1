using BerOfChat.WebRtc.Ice.Gathering;

namespace BerOfChat.WebRtc.Ice;

/// <summary>One of our sockets, or of our addresses at relays, and what others may know of it.</summary>
/// <param name="SocketId">From where datagrams leave: a socket, or an allocation at a relay.</param>
/// <param name="LocalPreference">The higher the better among candidates of one kind.</param>
/// <param name="Candidate">What the peer is told.</param>
/// <param name="Server">The STUN or TURN server that it was learnt from; null for an address of ours.</param>
internal sealed record IceLocalCandidate(int SocketId, ushort LocalPreference, IceCandidate Candidate, IceServerUrl? Server = null)
{
    public TransportAddress Address => Candidate.Address;

    /// <summary>Whether datagrams leave from here. One that a STUN server has seen is another name of the socket that they leave from (RFC 8445 section 6.1.2.4).</summary>
    public bool IsBase => Candidate.Type != IceCandidateType.ServerReflexive;

    /// <summary>The priority that a candidate which the peer learns from our check will have (RFC 8445 section 7.1.1).</summary>
    public uint PeerReflexivePriority => IceCandidate.ComputePriority(IceCandidateType.PeerReflexive, LocalPreference);
}
