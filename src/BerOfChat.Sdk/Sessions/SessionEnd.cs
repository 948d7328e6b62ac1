namespace BerOfChat.Sessions;

/// <summary>How a session ended.</summary>
/// <param name="ErrorCode">What operations on the session fail with from now on.</param>
/// <param name="Message">What happened, for a person.</param>
internal sealed record SessionEnd(BerOfChatErrorCode ErrorCode, string Message)
{
    /// <summary>The reason that one side told the other; null when none was told.</summary>
    public SessionCloseReason? Reason { get; init; }

    /// <summary>Whether the peer ended it.</summary>
    public bool IsByPeer { get; init; }

    /// <summary>Whether a new session may well succeed without anybody changing anything.</summary>
    public bool IsTransient { get; init; }

    /// <summary>The failure below that was the cause, if there was one.</summary>
    public Exception? Cause { get; init; }

    /// <summary>Whether one of the two sides wanted it so, and nothing went wrong.</summary>
    public bool IsClean => ErrorCode == BerOfChatErrorCode.Closed || (IsByPeer && Reason == SessionCloseReason.Done);

    public BerOfChatException ToException() => new(ErrorCode, Message, IsTransient, Cause);

    /// <summary>This side closed the session.</summary>
    public static SessionEnd Closed(SessionCloseReason reason) => new(BerOfChatErrorCode.Closed, "The session was closed by this side.") { Reason = reason };

    /// <summary>The peer closed the session.</summary>
    public static SessionEnd ClosedByPeer(SessionCloseReason reason)
    {
        (BerOfChatErrorCode code, string message) = reason switch
        {
            SessionCloseReason.Done => (BerOfChatErrorCode.SessionClosedByPeer, "The peer closed the session."),
            SessionCloseReason.Malformed => (BerOfChatErrorCode.SessionClosedByPeer, "The peer says that it received something which the protocol does not allow, and closed the session."),
            SessionCloseReason.Replaced => (BerOfChatErrorCode.SessionClosedByPeer, "A newer session with the same device has taken the place of this one."),
            SessionCloseReason.NotAMember => (BerOfChatErrorCode.NotAMember, "The peer says that this account is not, or no longer, a member. Ask for an invitation."),
            SessionCloseReason.InviteUsed => (BerOfChatErrorCode.InviteUsed, "The invitation has been used as often as it may be. Ask for a new one."),
            SessionCloseReason.InviteExpired => (BerOfChatErrorCode.InviteExpired, "The invitation has expired. Ask for a new one."),
            SessionCloseReason.InviteRevoked => (BerOfChatErrorCode.InviteRevoked, "The invitation was withdrawn. Ask for a new one."),
            _ => (BerOfChatErrorCode.SessionClosedByPeer, $"The peer closed the session for a reason that this version does not know ({(ushort)reason})."),
        };
        return new SessionEnd(code, message) { Reason = reason, IsByPeer = true };
    }

    /// <summary>The link ended before the session did.</summary>
    public static SessionEnd LinkLost(Exception? cause) =>
        new(BerOfChatErrorCode.ConnectionLost, "The connection to the peer broke. It will be made anew while both sides are online.") { IsTransient = true, Cause = cause };
}
