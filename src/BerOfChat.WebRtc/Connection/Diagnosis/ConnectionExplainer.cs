using BerOfChat.WebRtc.Connection.Servers;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Ice.Gathering;

namespace BerOfChat.WebRtc.Connection.Diagnosis;

/// <summary>Puts together what a connection knows of itself. Changes nothing.</summary>
internal static class ConnectionExplainer
{
    public static ConnectionExplanation Explain(PeerConnectionCore core)
    {
        IceServerReport[] servers = [.. core.ReadServerReports()];
        IceChecklist? checklist = core.Ice?.Checklist;
        NatObservation ours = NatObservation.OfOurs(servers, checklist), peers = NatObservation.OfPeers(checklist);
        return new ConnectionExplanation
        {
            Diagnosis = new Diagnostician(core, servers, ours).Diagnose(),
            State = core.End?.State ?? core.State,
            ErrorCode = core.End is { State: PeerConnectionState.Failed } end ? end.Code : null,
            Servers = [.. servers.Select(Describe)],
            CandidatePairs = [.. (checklist?.Pairs ?? []).Select(p => Describe(p, p == core.SelectedPair, core.End))],
            LocalCandidateTypes = [.. (checklist?.Locals ?? []).Select(static l => l.Candidate.Type.ToName()).Distinct()],
            RemoteCandidateTypes = [.. (checklist?.Remotes ?? []).Select(static r => r.Type.ToName()).Distinct()],
            HasEndpointIndependentMapping = ours.IsMappingEndpointIndependent,
            LocalNat = ours.Text,
            RemoteNat = peers.Text,
        };
    }

    private static IceServerAttempt Describe(IceServerReport report) => new()
    {
        Url = report.Url.ToString(),
        IsTurn = report.Url.IsTurn,
        Protocol = report.Url.Transport.ToName(),
        Served = report.Outcome == IceServerOutcome.Pending ? null : report.Outcome == IceServerOutcome.Served,
        RoundTripTime = report.RoundTripTime,
        Error = FindError(report),
    };

    private static string? FindError(IceServerReport report)
    {
        string? code = report.ErrorCode == 0 ? null : $" ({report.ErrorCode})";
        return report.Outcome switch
        {
            IceServerOutcome.Pending => report.IsUnanswered ? "It has not answered yet." : null,
            IceServerOutcome.Served => null,
            IceServerOutcome.Silent => report.HasServed ? "It answers no more." : "It has not answered.",
            IceServerOutcome.Unreachable => report.Error ?? "It was not asked: none of our sockets fits its address.",
            IceServerOutcome.CredentialsRefused => $"It refuses user name or password{code}.",
            _ => $"It refuses{code}{(report.Error is { } kind ? ": " + kind : "")}.",
        };
    }

    private static CandidatePairAttempt Describe(IceCandidatePair pair, bool isSelected, ConnectionEnd? end) => new()
    {
        LocalCandidateType = pair.LocalType.ToName(),
        RemoteCandidateType = pair.Remote.Type.ToName(),
        IsIPv6 = pair.Remote.Address.IsIPv6,
        State = pair.State.ToPublic(),
        IsSelected = isSelected,
        RoundTripTime = pair.RoundTripTime,
        Error = FindError(pair, isSelected, end),
    };

    private static string? FindError(IceCandidatePair pair, bool isSelected, ConnectionEnd? end)
    {
        if (pair.ErrorCode != 0) return $"It was answered by error {pair.ErrorCode}.";
        if (isSelected && end?.Code == WebRtcErrorCode.ConsentExpired) return "It has worked, and is answered no more.";
        if (pair.LastAnswer is not null) return pair.State == IcePairState.Failed ? "It has worked, and is answered no more." : null;
        if (pair.Counters.RequestsSent == 0) return "No check was sent yet.";
        string came = pair.Counters.RequestsReceived == 0 ? "" : " The peer's checks came in, so that its NAT or firewall, or ours, lets through one direction only.";
        return pair.State == IcePairState.Failed || end is not null || pair.Counters.RequestsSent > 2 ? $"None of {pair.Counters.RequestsSent} checks was answered.{came}" : null;
    }
}
