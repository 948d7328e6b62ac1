namespace BerOfChat.WebRtc.Sctp;

/// <summary>What the peer has done against the protocol, which ends the association.</summary>
/// <param name="Cause">What it is told.</param>
/// <param name="Reason">What the application is told: one sentence.</param>
/// <param name="Information">The causes of the ABORT where they say more than the code.</param>
internal readonly record struct Violation(SctpCauseCode Cause, string Reason, byte[]? Information = null)
{
    /// <summary>Either all data is interleaved or none (RFC 8260 sections 2.2.3 and 2.3.1).</summary>
    public static readonly Violation MixedForms = new(SctpCauseCode.ProtocolViolation, "The peer mixes the forms of data chunks.");

    /// <summary>What is wrong with a chunk of data; null when nothing is, or nothing that ends the association.</summary>
    public static Violation? Of(DataVerdict verdict, Chunk chunk) => verdict switch
    {
        DataVerdict.NoUserData => new Violation(SctpCauseCode.NoUserData, "The peer has sent a chunk without data.", ErrorCause.NoUserData(chunk)),
        DataVerdict.BeyondWindow => new Violation(SctpCauseCode.OutOfResource, "The peer has sent beyond the receive window."),
        DataVerdict.Repeated => new Violation(SctpCauseCode.ProtocolViolation, "The peer has sent two fragments under one number."),
        DataVerdict.WrongForm => MixedForms,
        _ => null,
    };

    /// <summary>What is wrong with an INIT ACK; null when nothing is.</summary>
    public static Violation? Of(InitVerdict verdict, InitChunk init) => verdict switch
    {
        InitVerdict.NamesHost => new Violation(SctpCauseCode.UnresolvableAddress, "The peer's INIT ACK names a host."),
        not InitVerdict.Valid => new Violation(SctpCauseCode.InvalidMandatoryParameter, "The peer's INIT ACK has a value that is not allowed."),
        _ when init.Cookie.IsEmpty => new Violation(SctpCauseCode.MissingMandatoryParameter, "The peer's INIT ACK has no cookie.", ErrorCause.MissingCookie()),
        _ => null,
    };
}
