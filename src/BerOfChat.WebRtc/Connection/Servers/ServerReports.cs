using BerOfChat.WebRtc.Ice.Gathering;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Connection.Servers;

/// <summary>Says in one form what STUN and TURN have said in theirs.</summary>
internal static class ServerReports
{
    public static IceServerReport Of(IceServerEntry server) => new(server.Url, null, server.IsPreparing ? IceServerOutcome.Pending : IceServerOutcome.Unreachable, Error: server.Error);

    public static IceServerReport Of(IceServerUrl url, StunQuery query)
    {
        IceServerOutcome outcome = query.State switch
        {
            StunQueryState.Asking => IceServerOutcome.Pending,
            StunQueryState.Answered => IceServerOutcome.Served,
            StunQueryState.Silent => IceServerOutcome.Silent,
            _ => IceServerOutcome.Refused,
        };
        return new IceServerReport(url, query.Route, outcome, query.RoundTripTime, query.MappedAddress, ErrorCode: query.ErrorCode)
        {
            FirstMappedAddress = query.FirstMappedAddress,
            HasServed = query.State == StunQueryState.Answered,
            IsUnanswered = query.IsUnanswered,
        };
    }

    public static IceServerReport Of(RelayAllocation relay)
    {
        TurnClient client = relay.Client;
        IceServerOutcome outcome = (client.State, client.Failure?.Kind) switch
        {
            (TurnState.Allocated, _) => IceServerOutcome.Served,
            (TurnState.Idle or TurnState.Allocating, _) => IceServerOutcome.Pending,
            (_, null) => relay.IsBroken ? IceServerOutcome.Unreachable : IceServerOutcome.Served,
            (_, TurnFailureKind.Timeout) => IceServerOutcome.Silent,
            (_, TurnFailureKind.CredentialsRefused or TurnFailureKind.CredentialsUnusable or TurnFailureKind.WrongCredentials) => IceServerOutcome.CredentialsRefused,
            _ => IceServerOutcome.Refused,
        };
        return new IceServerReport(relay.Server.Url, relay.Route, outcome, client.RoundTripTime, client.MappedAddress, client.RelayedAddress, client.Failure?.Code ?? 0, client.Failure?.Kind.ToString())
        {
            FirstMappedAddress = client.MappedAddress,
            HasServed = relay.HasServed,
            IsUnanswered = client.IsOverdue,
        };
    }
}
