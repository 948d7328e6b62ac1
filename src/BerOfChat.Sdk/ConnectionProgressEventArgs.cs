namespace BerOfChat;

/// <summary>The steps on the way to a session, in their order.</summary>
public enum ConnectionStage
{
    /// <summary>The two devices have met at the signaling service.</summary>
    Signaling,

    /// <summary>A network path between them works (ICE).</summary>
    Path,

    /// <summary>The path is encrypted and carries data (DTLS, SCTP).</summary>
    Transport,

    /// <summary>Both have proven who they are.</summary>
    Session,

    /// <summary>The session has ended, or the attempt failed; it is tried again while both are online.</summary>
    Disconnected,
}

/// <summary>How far a connection is.</summary>
/// <param name="stage">The step that was reached.</param>
/// <param name="peer">Who is on the other side, once that is proven.</param>
/// <param name="error">Why an attempt failed; null otherwise.</param>
public sealed class ConnectionProgressEventArgs(ConnectionStage stage, PeerId? peer, BerOfChatException? error) : EventArgs
{
    /// <summary>The step that was reached.</summary>
    public ConnectionStage Stage => stage;

    /// <summary>Who is on the other side, once that is proven.</summary>
    public PeerId? Peer => peer;

    /// <summary>Why an attempt failed; null otherwise.</summary>
    public BerOfChatException? Error => error;
}
