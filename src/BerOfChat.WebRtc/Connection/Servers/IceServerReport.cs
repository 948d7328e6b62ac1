using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Ice.Gathering;

namespace BerOfChat.WebRtc.Connection.Servers;

/// <summary>What came of asking a server from one of our sockets: for diagnosis.</summary>
/// <param name="Url">The server.</param>
/// <param name="Route">From where it was asked, at which address; null when it did not come to that.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="RoundTripTime">How long it took to answer; null when it has not, or when that cannot be told.</param>
/// <param name="MappedAddress">As what it sees us.</param>
/// <param name="RelayedAddress">Our address at it.</param>
/// <param name="ErrorCode">The STUN error code that it gave; 0 when it gave none.</param>
/// <param name="Error">What else went wrong, without names and addresses.</param>
/// <param name="FirstMappedAddress">As what it saw us at first.</param>
/// <param name="HasServed">Whether it has been what it is there for, whatever became of it.</param>
/// <param name="IsUnanswered">Whether it owes an answer.</param>
internal readonly record struct IceServerReport(
    IceServerUrl Url, IceRoute? Route, IceServerOutcome Outcome, TimeSpan? RoundTripTime = null, TransportAddress? MappedAddress = null, TransportAddress? RelayedAddress = null, int ErrorCode = 0, string? Error = null,
    TransportAddress? FirstMappedAddress = null, bool HasServed = false, bool IsUnanswered = false);

/// <summary>What may come of asking a server.</summary>
internal enum IceServerOutcome
{
    /// <summary>Nothing yet.</summary>
    Pending,

    /// <summary>It does what it is there for.</summary>
    Served,

    /// <summary>Its name does not resolve, no connection to it could be made, or its credentials could not be had.</summary>
    Unreachable,

    /// <summary>It was sent questions and has not answered.</summary>
    Silent,

    /// <summary>It has refused user name or password.</summary>
    CredentialsRefused,

    /// <summary>It has refused for another reason, which the code tells.</summary>
    Refused,
}
