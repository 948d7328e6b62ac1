namespace BerOfChat;

/// <summary>An operation of the SDK failed. The message says what to do about it and contains no message text, key, invitation or address.</summary>
public sealed class BerOfChatException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="code">Why the operation failed.</param>
    /// <param name="message">What happened and what to do, for a person.</param>
    /// <param name="isTransient">Whether the same call may succeed later.</param>
    /// <param name="innerException">The cause, if another exception was it.</param>
    public BerOfChatException(BerOfChatErrorCode code, string message, bool isTransient = false, Exception? innerException = null)
        : base(message, innerException)
    {
        ErrorCode = code;
        IsTransient = isTransient;
        HelpLink = $"docs/errors.md#{code.ToString().ToLowerInvariant()}";
    }

    /// <summary>Why the operation failed.</summary>
    public BerOfChatErrorCode ErrorCode { get; }

    /// <summary>Whether the same call may succeed later, without anybody changing anything.</summary>
    public bool IsTransient { get; }
}
