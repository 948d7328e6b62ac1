using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>What a replica tells its owner. Events come in order, and only after what they speak of is durable.</summary>
internal abstract record RoomEvent
{
    /// <summary>There is a message at a new position.</summary>
    public sealed record MessageShown : RoomEvent;

    /// <summary>Somebody was added or has joined.</summary>
    public sealed record MembersChanged : RoomEvent;

    /// <summary>This device is in the room, and what the others write from now on can be read here.</summary>
    public sealed record Ready : RoomEvent;

    /// <summary>A text handed to <see cref="RoomReplica.Send"/> is durable here.</summary>
    public sealed record Sent(ulong Ticket, Bytes32 Hash) : RoomEvent;

    /// <summary>A device of <paramref name="Account"/> holds this message of ours durably.</summary>
    public sealed record Delivered(Bytes32 Account, Bytes32 Hash) : RoomEvent;
}
