namespace BerOfChat;

/// <summary>One of the ordered, reliable streams of a link. What waits in one lane does not hold up another.</summary>
public enum PeerLane
{
    /// <summary>Handshake and session control.</summary>
    Control = 0,

    /// <summary>History that is brought to parity.</summary>
    Sync = 1,

    /// <summary>What is being written now.</summary>
    Live = 2,
}
