using BerOfChat.WebRtc.Connection.Servers;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Connection.Diagnosis;

/// <summary>Finds the one cause to look at first. The nearer to us and the surer it is, the sooner it is named.</summary>
internal sealed class Diagnostician(PeerConnectionCore core, IReadOnlyList<IceServerReport> servers, NatObservation nat)
{
    /// <summary>So many checks of each pair without an answer, sent within four seconds: then something is wrong, although it goes on.</summary>
    private const int EnoughChecks = 4;

    private IReadOnlyList<IceCandidatePair> Pairs => core.Ice?.Checklist.Pairs ?? [];

    private IReadOnlyList<IceLocalCandidate> Locals => core.Ice?.Checklist.Locals ?? [];

    private IReadOnlyList<IceCandidate> Remotes => core.Ice?.Checklist.Remotes ?? [];

    private bool HasRemoteDescription => core.Ice is { State: not IceState.New };

    private IEnumerable<IceServerReport> Stun => servers.Where(static s => !s.Url.IsTurn);

    private IEnumerable<IceServerReport> Turn => servers.Where(static s => s.Url.IsTurn);

    public ConnectionDiagnosis Diagnose() => core.End is { } end ? OfEnd(end) : core.State switch
    {
        PeerConnectionState.Connected => core.SelectedPair is { IsRelayed: true } ? ConnectionDiagnosis.ConnectedByRelay : ConnectionDiagnosis.ConnectedDirectly,
        PeerConnectionState.Disconnected => OfLostPath(),
        _ => OfUnfinished(),
    };

    private ConnectionDiagnosis OfEnd(ConnectionEnd end)
    {
        if (end.Dtls is { } failure) return OfDtls(failure);
        return end.Code switch
        {
            WebRtcErrorCode.NoPath => OfMissingPath(),
            WebRtcErrorCode.ConsentExpired or WebRtcErrorCode.ConnectionLost => OfLostPath(),
            WebRtcErrorCode.SctpFailure => ConnectionDiagnosis.ProtocolFailure,
            _ when end != ConnectionEnd.ByUs => ConnectionDiagnosis.ClosedByPeer,
            _ when !core.RemoteFingerprint.IsEmpty => ConnectionDiagnosis.ClosedLocally,
            // Who gives up before it is decided wants to know what it was.
            _ => OfUnfinished() is var cause && cause == ConnectionDiagnosis.InProgress ? ConnectionDiagnosis.ClosedLocally : cause,
        };
    }

    private static ConnectionDiagnosis OfDtls(DtlsFailure failure) => failure switch
    {
        { Kind: DtlsFailureKind.CertificateMismatch } => ConnectionDiagnosis.CertificateMismatch,
        { Kind: DtlsFailureKind.Handshake or DtlsFailureKind.Alert, IsFromPeer: true, Alert: DtlsAlert.BadCertificate } => ConnectionDiagnosis.CertificateMismatch,
        { Kind: DtlsFailureKind.Handshake } => ConnectionDiagnosis.DtlsRefused,
        { Kind: DtlsFailureKind.Alert, Alert: DtlsAlert.HandshakeFailure or DtlsAlert.ProtocolVersion } => ConnectionDiagnosis.DtlsRefused,
        { Kind: DtlsFailureKind.Timeout } => ConnectionDiagnosis.DtlsTimedOut,
        _ => ConnectionDiagnosis.ProtocolFailure,
    };

    private ConnectionDiagnosis OfUnfinished()
    {
        if (core.Ice is null) return ConnectionDiagnosis.InProgress;
        if (!HasRemoteDescription) return ConnectionDiagnosis.SignalingIncomplete;
        if (core.SelectedPair is not null) return ConnectionDiagnosis.InProgress;
        bool hasTriedAll = Pairs.Count > 0 ? Pairs.All(static p => p.Counters.RequestsSent >= EnoughChecks) : !servers.Any(static s => s.Outcome == IceServerOutcome.Pending);
        return hasTriedAll ? OfMissingPath() : ConnectionDiagnosis.InProgress;
    }

    private ConnectionDiagnosis OfMissingPath()
    {
        // Without any address of ours there is nothing that the peer could do.
        if (Locals.Count == 0 && Turn.Any()) return OfMissingRelay();
        if (!HasRemoteDescription || Remotes.Count == 0) return ConnectionDiagnosis.SignalingIncomplete;
        if (Turn.Any()) return Turn.Any(static s => s.HasServed) ? ConnectionDiagnosis.PeerUnreachable : OfMissingRelay();
        if (Pairs.Count == 0 && Locals.Count > 0 && Locals.All(l => Remotes.All(r => r.Address.IsIPv6 != l.Address.IsIPv6))) return ConnectionDiagnosis.NoCommonAddressFamily;
        if (servers.Count == 0) return ConnectionDiagnosis.NoServersConfigured;
        if (!Stun.Any(static s => s.HasServed)) return ConnectionDiagnosis.StunUnreachable;
        // A peer that names nothing but addresses of its own network cannot be reached from another one, whatever our side is.
        return nat.IsMappingEndpointIndependent != false && Remotes.All(static r => r.Address.IsPrivate) ? ConnectionDiagnosis.PeerUnreachable : ConnectionDiagnosis.RelayNeeded;
    }

    private ConnectionDiagnosis OfMissingRelay()
    {
        if (Turn.Any(static s => s.Outcome == IceServerOutcome.CredentialsRefused)) return ConnectionDiagnosis.RelayCredentialsRefused;
        if (Turn.Any(static s => s.Outcome == IceServerOutcome.Refused)) return ConnectionDiagnosis.RelayRefused;
        if (Turn.Any(static s => s.Url.IsStream) || Stun.Any(static s => s.HasServed)) return ConnectionDiagnosis.RelayUnreachable;
        // One server that is silent may be down; that all of several are would be strange.
        return servers.Where(static s => s.Route is not null).Select(static s => (s.Url.IsTurn, s.Url.Host)).Distinct().Count() > 1 ? ConnectionDiagnosis.UdpBlocked : ConnectionDiagnosis.RelayUnreachable;
    }

    // When a path is doubted the servers that have served are asked again, which shows whether it is us.
    private ConnectionDiagnosis OfLostPath()
    {
        IceServerReport[] known = [.. servers.Where(static s => s.HasServed)];
        bool isOnline = known.Any(static s => s is { Outcome: IceServerOutcome.Served, IsUnanswered: false });
        if (known.Length > 0 && !isOnline) return ConnectionDiagnosis.NetworkLost;
        if (core.SelectedPair is { Local.Candidate.Type: IceCandidateType.Relay } relayed) return IsRelayLost(relayed) ? ConnectionDiagnosis.RelayLost : ConnectionDiagnosis.PeerGone;
        bool isMoved = known.Any(s => s is { Url.IsTurn: false, IsUnanswered: false, FirstMappedAddress: { } first, MappedAddress: { } latest } && IsAnotherDoor(first, latest));
        return isMoved ? ConnectionDiagnosis.MappingLost : ConnectionDiagnosis.PeerGone;
    }

    // Where the outer address depends on whom one writes to, the one for a server that was not written to for long is a new one each time.
    private bool IsAnotherDoor(TransportAddress first, TransportAddress latest) =>
        nat.IsMappingEndpointIndependent == false ? !first.ToIPAddress().Equals(latest.ToIPAddress()) : first != latest;

    private bool IsRelayLost(IceCandidatePair pair) =>
        !servers.Any(s => s.RelayedAddress == pair.Local.Address && s is { Outcome: IceServerOutcome.Served, IsUnanswered: false });
}
