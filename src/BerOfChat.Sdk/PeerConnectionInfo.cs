namespace BerOfChat;

/// <summary>A session that is open now.</summary>
/// <param name="Peer">Who is on the other side.</param>
/// <param name="SafetyNumber">What the two people compare to be sure of each other.</param>
/// <param name="Statistics">What it has carried, and how it is connected.</param>
public sealed record PeerConnectionInfo(PeerIdentity Peer, SafetyNumber SafetyNumber, PeerSessionStatistics Statistics);
