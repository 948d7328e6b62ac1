namespace BerOfChat.WebRtc.Sctp;

/// <summary>The states of an association (RFC 9260 section 4).</summary>
internal enum SctpState
{
    New,
    CookieWait,
    CookieEchoed,
    Established,

    /// <summary>We shall shut down; what is queued goes out first.</summary>
    ShutdownPending,

    /// <summary>All of ours is acknowledged; the peer was told and may still have something to send.</summary>
    ShutdownSent,

    /// <summary>The peer shuts down; what is queued here goes out first.</summary>
    ShutdownReceived,

    /// <summary>Both have nothing left; the peer's last word is awaited.</summary>
    ShutdownAckSent,
    Closed,
}

/// <summary>What the states allow.</summary>
internal static class SctpStateRules
{
    /// <summary>Whether DATA may be sent.</summary>
    public static bool SendsData(this SctpState state) => state is SctpState.Established or SctpState.ShutdownPending or SctpState.ShutdownReceived;

    /// <summary>Whether DATA is accepted: also while our COOKIE ECHO is not answered, for the peer may be further than we are.</summary>
    public static bool AcceptsData(this SctpState state) => state is SctpState.CookieEchoed or SctpState.Established or SctpState.ShutdownPending or SctpState.ShutdownSent;

    /// <summary>Whether the handshake is behind us and the end is not reached.</summary>
    public static bool IsUp(this SctpState state) => state is >= SctpState.Established and < SctpState.Closed;
}
