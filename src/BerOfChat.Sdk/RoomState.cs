namespace BerOfChat;

/// <summary>Whether this account is in a room.</summary>
public enum RoomState
{
    /// <summary>It is a member.</summary>
    Joined = 0,

    /// <summary>It has left. What it had can still be read; a new invitation leads back.</summary>
    Left = 1,

    /// <summary>An admin has removed it. What it had can still be read; a new invitation leads back.</summary>
    Removed = 2,
}
