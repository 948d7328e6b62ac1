namespace BerOfChat;

/// <summary>What has happened to a member of a room.</summary>
public enum RoomMemberChange
{
    /// <summary>Is in the room with a device now, for the first time or again.</summary>
    Joined = 0,

    /// <summary>Has left.</summary>
    Left = 1,

    /// <summary>Was removed by an admin.</summary>
    Removed = 2,

    /// <summary>Has another role now.</summary>
    RoleChanged = 3,
}
