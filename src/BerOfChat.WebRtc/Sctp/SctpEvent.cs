namespace BerOfChat.WebRtc.Sctp;

/// <summary>What an association reports besides messages.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="StreamId">The stream, when it is about one.</param>
/// <param name="Reason">Why, when it has ended: one sentence.</param>
/// <param name="End">How it has ended, with <see cref="SctpEventKind.Disconnected"/>.</param>
/// <param name="Cause">The cause that the ABORT carried, received or sent.</param>
internal readonly record struct SctpEvent(SctpEventKind Kind, ushort StreamId = 0, string Reason = "", SctpEnd End = default, SctpCauseCode? Cause = null);

/// <summary>The kinds of <see cref="SctpEvent"/>.</summary>
internal enum SctpEventKind
{
    Connected,
    Disconnected,

    /// <summary>The peer shuts down: nothing new may be sent, what is queued still goes out.</summary>
    PeerShutsDown,

    /// <summary>The peer will send nothing more on the stream; all that it had sent was handed over.</summary>
    IncomingStreamReset,

    /// <summary>Our side of the stream starts from zero again.</summary>
    OutgoingStreamReset,
}

/// <summary>How an association has ended.</summary>
internal enum SctpEnd
{
    /// <summary>Everything was delivered both ways.</summary>
    ShutDown,

    /// <summary>The application has ended it.</summary>
    AbortedHere,

    /// <summary>The peer's application has ended it, or the peer says what it could not bear.</summary>
    AbortedByPeer,

    /// <summary>The peer has broken the protocol, and was told.</summary>
    ProtocolFailure,

    /// <summary>The peer has acknowledged nothing for too long.</summary>
    Unreachable,
}
