namespace BerOfChat.WebRtc;

/// <summary>An operation of this package failed. The text explains it without addresses or keys.</summary>
public sealed class WebRtcException : Exception
{
    /// <summary>Makes an exception.</summary>
    /// <param name="code">Why.</param>
    /// <param name="message">What happened and what to do, in a sentence or two.</param>
    /// <param name="isTransient">Whether the same may succeed later.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public WebRtcException(WebRtcErrorCode code, string message, bool isTransient = false, Exception? innerException = null)
        : base(message, innerException)
    {
        ErrorCode = code;
        IsTransient = isTransient;
    }

    /// <summary>The error cause that the SCTP ABORT carried, received or sent (RFC 9260 section 3.3.10, W3C RTCError.sctpCauseCode); null when none did. 12 is an ordinary end.</summary>
    public int? SctpCauseCode { get; init; }

    /// <summary>What was tried and what to do, when a connection has ended or did not come about; else null.</summary>
    public ConnectionExplanation? Explanation { get; init; }

    /// <summary>Why.</summary>
    public WebRtcErrorCode ErrorCode { get; }

    /// <summary>Whether the same may succeed later.</summary>
    public bool IsTransient { get; }
}
