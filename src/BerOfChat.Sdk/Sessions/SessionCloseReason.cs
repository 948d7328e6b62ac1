namespace BerOfChat.Sessions;

/// <summary>Why a side ends a session, as it tells the other in a CLOSE frame. Other values may come from a newer peer.</summary>
internal enum SessionCloseReason : ushort
{
    /// <summary>There is nothing more to do.</summary>
    Done = 0,

    /// <summary>The peer sent something that the protocol does not allow.</summary>
    Malformed = 1,

    /// <summary>A newer session between the same two devices takes its place.</summary>
    Replaced = 2,

    /// <summary>The peer's account is not, or no longer, a member.</summary>
    NotAMember = 3,

    /// <summary>The invitation has been used as often as it may be.</summary>
    InviteUsed = 4,

    /// <summary>The invitation is past its expiry.</summary>
    InviteExpired = 5,

    /// <summary>The invitation was withdrawn.</summary>
    InviteRevoked = 6,
}
