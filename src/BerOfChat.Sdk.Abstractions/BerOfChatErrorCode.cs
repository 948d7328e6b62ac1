namespace BerOfChat;

/// <summary>Why an operation of the SDK failed. The values are stable; new ones may be added.</summary>
public enum BerOfChatErrorCode
{
    /// <summary>No more specific code fits.</summary>
    Unknown = 0,

    /// <summary>The client, room, session or link was closed or disposed while the operation ran.</summary>
    Closed = 1,

    /// <summary>The signaling service cannot be reached. Transient: the SDK keeps trying.</summary>
    SignalingUnavailable = 10,

    /// <summary>The signaling service refused the request, for example because a limit was reached.</summary>
    SignalingRefused = 11,

    /// <summary>No network path to the peer was found.</summary>
    ConnectionFailed = 20,

    /// <summary>The peer did not answer in time.</summary>
    ConnectionTimeout = 21,

    /// <summary>The connection to the peer broke.</summary>
    ConnectionLost = 22,

    /// <summary>The other side could not prove who it is, or the handshake was tampered with. Nothing was delivered.</summary>
    HandshakeFailed = 30,

    /// <summary>The peer sent something that the protocol does not allow. The session was ended.</summary>
    ProtocolViolation = 31,

    /// <summary>The peer ended the session.</summary>
    SessionClosedByPeer = 32,

    /// <summary>The text is not an invitation, or it was damaged when it was copied.</summary>
    InviteMalformed = 40,

    /// <summary>The invitation has been used as often as it may be.</summary>
    InviteUsed = 41,

    /// <summary>The invitation is past its expiry.</summary>
    InviteExpired = 42,

    /// <summary>The invitation was withdrawn by its issuer.</summary>
    InviteRevoked = 43,

    /// <summary>The text is not a code for connecting by hand, or it was damaged when it was copied.</summary>
    ManualCodeMalformed = 44,

    /// <summary>The text is a whole code, but not the one that is needed here: an invitation, the wrong one of the two, one's own, or the answer to another.</summary>
    ManualCodeMismatch = 45,

    /// <summary>The code is too old.</summary>
    ManualCodeExpired = 46,

    /// <summary>The code was used before.</summary>
    ManualCodeUsed = 47,

    /// <summary>The room is not known to this profile.</summary>
    RoomUnknown = 50,

    /// <summary>This account is not, or no longer, a member of the room.</summary>
    NotAMember = 51,

    /// <summary>The message is larger than the limit.</summary>
    MessageTooLarge = 52,

    /// <summary>This account may not do this in the room: only admins may, or nobody.</summary>
    NotPermitted = 53,

    /// <summary>There is no such member in the room, or not any more.</summary>
    MemberUnknown = 54,

    /// <summary>The password does not open this profile. Nothing was changed.</summary>
    WrongPassword = 60,

    /// <summary>The profile is in use by another process or client.</summary>
    StoreLocked = 61,

    /// <summary>The store cannot be read or written.</summary>
    StoreUnavailable = 62,

    /// <summary>The store holds something that it should not: a damaged file, or one that was changed from outside.</summary>
    StoreCorrupt = 63,

    /// <summary>The store was written by a newer version.</summary>
    StoreVersion = 64,

    /// <summary>A record that may be written once only exists already.</summary>
    StoreConflict = 65,
}
