using BerOfChat.WebRtc.Connection.Servers;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Connection.Diagnosis;

/// <summary>What a NAT has shown of its kind (RFC 4787 section 4.1). Filters cannot be seen without asking servers for more than they are there for.</summary>
/// <param name="IsMappingEndpointIndependent">Whether a socket looks the same from everywhere; null when that is not known.</param>
/// <param name="Text">The same in a sentence, or why it is not known.</param>
internal readonly record struct NatObservation(bool? IsMappingEndpointIndependent, string Text)
{
    private const string Dependent = "NAT with address- or port-dependent mapping (symmetric): the outer address depends on whom one writes to.";
    private const string Independent = "NAT with endpoint-independent mapping: the outer address is the same for everybody.";

    /// <summary>Compares as what servers and the peer see our sockets.</summary>
    public static NatObservation OfOurs(IReadOnlyList<IceServerReport> servers, IceChecklist? checklist)
    {
        List<Sighting> sightings = [];
        foreach (IceServerReport server in servers)
        {
            if (!server.Url.IsStream && server is { Route: { } route, FirstMappedAddress: { } mapped }) sightings.Add(new Sighting(route.SocketId, route.Remote, mapped));
        }

        foreach (IceCandidatePair pair in checklist?.Pairs ?? [])
        {
            // In our own network it sees us without the NAT.
            if (pair.Local.Candidate.Type == IceCandidateType.Host && pair.FirstMappedAddress is { } mapped && !pair.Remote.Address.IsPrivate && mapped != pair.Local.Address)
                sightings.Add(new Sighting(pair.Local.SocketId, pair.Remote.Address, mapped));
        }

        if (sightings.Count == 0) return new NatObservation(null, servers.Count == 0 ? "Unknown: there is no STUN server to ask." : "Unknown: no server has told as what it sees us.");
        if (sightings.TrueForAll(s => checklist?.FindBase(s.SocketId)?.Address == s.Mapped)) return new NatObservation(true, "No NAT: our addresses are the same outside.");
        bool isCompared = false;
        foreach (Sighting a in sightings)
        {
            foreach (Sighting b in sightings)
            {
                if (a.SocketId != b.SocketId || a.From == b.From) continue;
                if (a.Mapped != b.Mapped) return new NatObservation(false, Dependent);
                isCompared |= !a.From.ToIPAddress().Equals(b.From.ToIPAddress());
            }
        }

        return isCompared ? new NatObservation(true, Independent) : new NatObservation(null, "There is a NAT of unknown kind: only one server has told as what it sees us, and there is nothing to compare.");
    }

    /// <summary>Compares from where the peer's checks come with what its STUN server has told it.</summary>
    public static NatObservation OfPeers(IceChecklist? checklist)
    {
        foreach (IceCandidatePair pair in checklist?.Pairs ?? [])
        {
            if (pair.Counters.RequestsReceived == 0 || pair.Local.Candidate.Type != IceCandidateType.Host) continue;
            if (pair.Remote.Type == IceCandidateType.ServerReflexive) return new NatObservation(true, Independent);
            if (pair.Remote.Type == IceCandidateType.PeerReflexive && IsAnotherPort(checklist!, pair.Remote)) return new NatObservation(false, Dependent);
        }

        return new NatObservation(null, "Unknown: no check of the peer has come through it that could be compared with what it has named. Its own explanation may know.");
    }

    private static bool IsAnotherPort(IceChecklist checklist, IceCandidate learnt) =>
        checklist.Remotes.Any(r => r.Type == IceCandidateType.ServerReflexive && r.Address.ToIPAddress().Equals(learnt.Address.ToIPAddress()));

    private readonly record struct Sighting(int SocketId, TransportAddress From, TransportAddress Mapped);
}
