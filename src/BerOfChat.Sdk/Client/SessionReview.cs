using BerOfChat.Sessions;

namespace BerOfChat.Client;

/// <summary>Closes sessions that no room needs any more, after its account or ours has left a room.</summary>
/// <param name="context">The gate and the time.</param>
/// <param name="hub">The sessions.</param>
/// <param name="isNeeded">Whether a room, or somebody who comes in, needs the session. Called under the gate.</param>
internal sealed class SessionReview(ClientContext context, PeerHub hub, Func<PeerChannel, bool> isNeeded)
{
    /// <summary>Looks at the sessions with accounts that are out of the room, or with all of its accounts when we are. Call under the gate.</summary>
    public void Review(RoomHost room)
    {
        bool isDeparted = room.Replica.IsDeparted;
        foreach (PeerChannel peer in hub.Peers)
        {
            bool isOut = isDeparted || (!room.Replica.Membership.IsAdded(peer.Account) && room.Replica.Membership.EndingOf(peer.Account) is not null);
            if (isOut && !isNeeded(peer)) _ = CloseAsync(peer, isDeparted ? SessionCloseReason.Done : SessionCloseReason.NotAMember);
        }
    }

    /// <summary>Whoever is no member had its time in a session. Call under the gate.</summary>
    public void CloseVisit(int session)
    {
        if (hub.Peers.FirstOrDefault(peer => peer.Id == session) is { } visitor && !isNeeded(visitor))
            _ = Task.Run(() => visitor.Session.CloseAsync(SessionCloseReason.NotAMember));
    }

    /// <summary>What was sent last, the REMOVE or LEAVE itself, gets time to arrive.</summary>
    private async Task CloseAsync(PeerChannel peer, SessionCloseReason reason)
    {
        try
        {
            await Task.Delay(s_grace, context.TimeProvider, context.Closing.Token).ConfigureAwait(false);
            lock (context.Gate)
            {
                if (isNeeded(peer)) return;
            }

            await peer.Session.CloseAsync(reason).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client closes, and with it every session.
        }
    }

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);
}
