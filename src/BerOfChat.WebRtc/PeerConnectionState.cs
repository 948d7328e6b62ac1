namespace BerOfChat.WebRtc;

/// <summary>The states of a connection (W3C RTCPeerConnectionState).</summary>
public enum PeerConnectionState
{
    /// <summary>Nothing has begun.</summary>
    New,

    /// <summary>A path is being sought, or DTLS is shaking hands.</summary>
    Connecting,

    /// <summary>Data can flow.</summary>
    Connected,

    /// <summary>The peer does not answer at the moment; it may come back by itself.</summary>
    Disconnected,

    /// <summary>It did not come about, or did not come back. Final.</summary>
    Failed,

    /// <summary>One side has closed it. Final.</summary>
    Closed,
}
