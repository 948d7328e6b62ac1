using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>What a replica tells its owner. Events come in order, and only after what they speak of is durable.</summary>
internal abstract record RoomEvent
{
    /// <summary>There is a message at a new position.</summary>
    public sealed record MessageShown : RoomEvent;

    /// <summary>Somebody was added, has joined or is out: look at the members.</summary>
    public sealed record MembersChanged : RoomEvent;

    /// <summary>What happened to one member. By is who removed it.</summary>
    public sealed record MemberChanged(Bytes32 Account, RoomMemberChange Change, RoomRole Role, Bytes32? By) : RoomEvent;

    /// <summary>This account is in the room now, or is not any more.</summary>
    public sealed record StateChanged : RoomEvent;

    /// <summary>This account is out and nobody needs to hear of it any more: nothing is sent or expected in the room.</summary>
    public sealed record Departed : RoomEvent;

    /// <summary>A text handed to <see cref="RoomReplica.Send"/> will not be written: this account is out.</summary>
    public sealed record Refused(ulong Ticket) : RoomEvent;

    /// <summary>This device is in the room, and what the others write from now on can be read here.</summary>
    public sealed record Ready : RoomEvent;

    /// <summary>A text handed to <see cref="RoomReplica.Send"/> is durable here.</summary>
    public sealed record Sent(ulong Ticket, Bytes32 Hash) : RoomEvent;

    /// <summary>Whoever is no member had its time: a stranger to show that it is one, the removed to learn that they are.</summary>
    public sealed record VisitOver(int Session) : RoomEvent;

    /// <summary>A device of <paramref name="Account"/> holds this message of ours durably, and it is among those for whom it was written.</summary>
    public sealed record Delivered(Bytes32 Account, Bytes32 Hash) : RoomEvent;
}
