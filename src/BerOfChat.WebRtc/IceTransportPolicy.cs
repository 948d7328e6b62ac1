namespace BerOfChat.WebRtc;

/// <summary>Which candidates a connection uses (W3C RTCIceTransportPolicy).</summary>
public enum IceTransportPolicy
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>
    /// Only those of TURN servers: the peer, and whoever sees the signaling, learns no address of this machine. Nothing is sent from here but to the servers, and what anybody else sends here is
    /// dropped and counted.
    /// </summary>
    Relay,
}
