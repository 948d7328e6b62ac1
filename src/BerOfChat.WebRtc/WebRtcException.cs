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

    /// <summary>Why.</summary>
    public WebRtcErrorCode ErrorCode { get; }

    /// <summary>Whether the same may succeed later.</summary>
    public bool IsTransient { get; }
}
