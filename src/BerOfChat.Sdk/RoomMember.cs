namespace BerOfChat;

/// <summary>Somebody who has joined a room.</summary>
/// <param name="Id">The account.</param>
/// <param name="IsSelf">Whether it is this one.</param>
/// <param name="IsConnected">Whether there is a session with one of its devices now; true for this account.</param>
/// <param name="Role">What it may do.</param>
public sealed record RoomMember(PeerId Id, bool IsSelf, bool IsConnected, RoomRole Role);
