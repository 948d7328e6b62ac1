namespace BerOfChat;

/// <summary>What a member of a room may do.</summary>
public enum RoomRole
{
    /// <summary>Writes, invites, removes members and changes their roles. Whoever made the room is always one.</summary>
    Admin = 1,

    /// <summary>Writes and reads.</summary>
    Member = 2,
}
