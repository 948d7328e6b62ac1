namespace BerOfChat.WebRtc.Ice;

/// <summary>One of our sockets and what others may know of it.</summary>
internal sealed record IceLocalCandidate(int SocketId, ushort LocalPreference, IceCandidate Candidate)
{
    public TransportAddress Address => Candidate.Address;

    /// <summary>The priority that a candidate which the peer learns from our check will have (RFC 8445 section 7.1.1).</summary>
    public uint PeerReflexivePriority => IceCandidate.ComputePriority(IceCandidateType.PeerReflexive, LocalPreference);
}
