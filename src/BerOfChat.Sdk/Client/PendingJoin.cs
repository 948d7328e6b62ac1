using BerOfChat.Invites;

namespace BerOfChat.Client;

/// <summary>An invitation that was accepted and has not led into its room yet. It survives a restart, unless people carried it.</summary>
internal sealed class PendingJoin(IReadOnlyList<Uri> addresses, UInt128 inviteId) : IDisposable
{
    /// <summary>The signaling services that the invitation names.</summary>
    public IReadOnlyList<Uri> Addresses => addresses;

    /// <summary>The invitation; null when the session is there already.</summary>
    public RoomInvite? Invite { get; private init; }

    public UInt128 InviteId => inviteId;

    /// <summary>The room, once JOINED has named it.</summary>
    public RoomId? RoomId { get; set; }

    /// <summary>Completes with the room when what is written there can be read, or with the reason why that will never be.</summary>
    public TaskCompletionSource<RoomHost> Joined { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Cancelled when nobody wants to join any more.</summary>
    public CancellationTokenSource Abandoned { get; } = new();

    public static PendingJoin For(RoomInvite invite)
    {
        using InviteKeys keys = invite.DeriveKeys();
        return new PendingJoin(invite.SignalingAddresses, keys.InviteId) { Invite = invite };
    }

    public void Dispose() => Abandoned.Dispose();
}
