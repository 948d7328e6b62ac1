namespace BerOfChat;

/// <summary>The states of an <see cref="IPeerSession"/>, in the order in which they come.</summary>
public enum PeerSessionState
{
    /// <summary>The two sides are proving who they are.</summary>
    Connecting = 0,

    /// <summary>Messages can be sent.</summary>
    Open = 1,

    /// <summary>The session has ended, for whatever reason.</summary>
    Closed = 2,
}
