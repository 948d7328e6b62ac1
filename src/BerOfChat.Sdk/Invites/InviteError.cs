namespace BerOfChat.Invites;

/// <summary>Why a text is not a usable invitation.</summary>
internal enum InviteError
{
    None = 0,

    /// <summary>Nothing in it looks like an invitation.</summary>
    NotAnInvite,

    /// <summary>It was an invitation, but characters are missing, added or changed.</summary>
    Damaged,

    /// <summary>It is whole, but of a version or with flags that this build does not know.</summary>
    UnknownVersion,

    /// <summary>It is a code for connecting by hand.</summary>
    ManualCode,

    /// <summary>It is longer than any invitation may be.</summary>
    TooLong,
}
