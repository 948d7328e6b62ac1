namespace BerOfChat.WebRtc.Sctp;

/// <summary>What an association reports besides messages.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="StreamId">The stream, when it is about one.</param>
/// <param name="Reason">Why, when it has ended: one sentence.</param>
internal readonly record struct SctpEvent(SctpEventKind Kind, ushort StreamId = 0, string Reason = "");

/// <summary>The kinds of <see cref="SctpEvent"/>.</summary>
internal enum SctpEventKind
{
    Connected,
    Disconnected,

    /// <summary>The peer will send nothing more on the stream; all that it had sent was handed over.</summary>
    IncomingStreamReset,

    /// <summary>Our side of the stream starts from zero again.</summary>
    OutgoingStreamReset,
}
