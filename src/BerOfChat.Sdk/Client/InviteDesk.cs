using BerOfChat.Invites;
using BerOfChat.Sessions;

namespace BerOfChat.Client;

/// <summary>Where somebody comes in with an invitation of ours.</summary>
internal static class InviteDesk
{
    /// <summary>Lets in who came, or says why not. Call under the gate.</summary>
    public static void Receive(ClientContext context, RoomHost room, IssuedInvite invite, PeerChannel peer)
    {
        // Whoever was removed comes back only by an invitation that was made in knowledge of that.
        bool isValid = room.Replica.IsAdmin && room.Replica.MayReturn(peer.Account, invite.IssuedAt);
        switch (isValid ? invite.CheckRedemption(room.Replica.Membership.IsAdded(peer.Account), context.TimeProvider.GetUtcNow()) : InviteRedemption.Revoked)
        {
            case InviteRedemption.Accepted:
                InviteState state = invite.State.WithAccount(peer.Account);
                room.Run((replica, time) => replica.AddMember(peer.Id, peer.Account, invite.InviteId, invite.Encode(state), time));
                invite.State = state;
                break;
            case InviteRedemption.AlreadyAdded:
                room.Run((replica, time) => replica.AddMember(peer.Id, peer.Account, invite.InviteId, null, time));
                break;
            case InviteRedemption.Used:
                Close(peer, SessionCloseReason.InviteUsed);
                break;
            case InviteRedemption.Expired:
                Close(peer, SessionCloseReason.InviteExpired);
                break;
            default:
                Close(peer, SessionCloseReason.InviteRevoked);
                break;
        }
    }

    /// <summary>Lets in who came with a code that people carried. Call under the gate.</summary>
    public static void Admit(RoomHost room, UInt128 inviteId, PeerChannel peer)
    {
        if (room.Replica.IsAdmin || room.Replica.Membership.IsAdded(peer.Account)) room.Run((replica, time) => replica.AddMember(peer.Id, peer.Account, inviteId, null, time));
        else Close(peer, SessionCloseReason.InviteRevoked);
    }

    private static void Close(PeerChannel peer, SessionCloseReason reason) => _ = Task.Run(() => peer.Session.CloseAsync(reason));
}
