namespace BerOfChat.WebRtc;

/// <summary>A connection has come to another state.</summary>
/// <param name="state">The new state.</param>
/// <param name="reason">Why, when it has failed or was closed; otherwise null.</param>
public sealed class ConnectionStateChangedEventArgs(PeerConnectionState state, WebRtcException? reason) : EventArgs
{
    /// <summary>The new state.</summary>
    public PeerConnectionState State { get; } = state;

    /// <summary>Why, when it has failed or was closed; otherwise null.</summary>
    public WebRtcException? Reason { get; } = reason;
}
