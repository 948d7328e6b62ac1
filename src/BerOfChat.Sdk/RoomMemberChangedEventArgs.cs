namespace BerOfChat;

/// <summary>What has happened to a member of a room, and by whom.</summary>
public sealed class RoomMemberChangedEventArgs : EventArgs
{
    internal RoomMemberChangedEventArgs(PeerId member, RoomMemberChange change, RoomRole role, PeerId? by)
    {
        Member = member;
        Change = change;
        Role = role;
        By = by;
    }

    /// <summary>To whom it happened; it may be this account.</summary>
    public PeerId Member { get; }

    /// <summary>What happened.</summary>
    public RoomMemberChange Change { get; }

    /// <summary>The role that the member has now, or had last.</summary>
    public RoomRole Role { get; }

    /// <summary>Who removed it; null for everything else.</summary>
    public PeerId? By { get; }
}
