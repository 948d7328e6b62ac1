using BerOfChat.Primitives;
using BerOfChat.Rooms;

namespace BerOfChat.Client;

/// <summary>What changes who is in a room, checked before it is written: an entry that everybody would refuse helps nobody.</summary>
internal static class RoomAdministration
{
    public static Task LeaveAsync(RoomHost room, CancellationToken cancellationToken) => room.WriteAsync(
        (replica, time) =>
        {
            if (replica.State == RoomState.Joined) replica.Leave(time);
        },
        cancellationToken);

    public static Task RemoveAsync(RoomHost room, Bytes32 account, CancellationToken cancellationToken) => room.WriteAsync(
        (replica, time) =>
        {
            ThrowIfNotAdmin(replica);
            ThrowIfUnknown(replica, account);
            if (account == replica.Timeline.Creator) throw new BerOfChatException(BerOfChatErrorCode.NotPermitted, "Whoever made the room cannot be removed from it, only leave.");
            replica.RemoveMember(account, time);
        },
        cancellationToken);

    public static Task SetRoleAsync(RoomHost room, Bytes32 account, RoomRole role, CancellationToken cancellationToken) => room.WriteAsync(
        (replica, time) =>
        {
            ThrowIfNotAdmin(replica);
            ThrowIfUnknown(replica, account);
            if (replica.Membership.Accounts[account].Role == role) return;
            if (account == replica.Timeline.Creator) throw new BerOfChatException(BerOfChatErrorCode.NotPermitted, "Whoever made the room stays an admin.");
            replica.SetRole(account, role, time);
        },
        cancellationToken);

    /// <summary>Only admins let others in, remove them and change what they may do.</summary>
    /// <exception cref="BerOfChatException">This account is no member, or no admin.</exception>
    public static void ThrowIfNotAdmin(RoomReplica replica)
    {
        if (!replica.IsJoined) throw NotAMember();
        if (!replica.IsAdmin) throw new BerOfChatException(BerOfChatErrorCode.NotPermitted, "Only an admin of the room may do this. Ask one of them.");
    }

    public static BerOfChatException NotAMember() =>
        new(BerOfChatErrorCode.NotAMember, "This account is not in the room any more. A new invitation leads back.");

    private static void ThrowIfUnknown(RoomReplica replica, Bytes32 account)
    {
        if (!replica.Membership.IsAdded(account)) throw new BerOfChatException(BerOfChatErrorCode.MemberUnknown, "There is no such member in the room, or not any more.");
    }
}
