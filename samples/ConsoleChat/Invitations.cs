using BerOfChat;

namespace ConsoleChat;

/// <summary>Makes invitations and says how to use them.</summary>
internal sealed class Invitations(Room room, ChatSettings settings, ProfileDirectory profile, EmbeddedSignaling? embedded, IChatView view)
{
    public async Task ShowNewAsync(CancellationToken cancellationToken)
    {
        RoomInvite invite = await room.CreateInviteAsync(cancellationToken: cancellationToken);
        string directory = settings.DataDirectory is null ? "" : $" --data-dir \"{settings.DataDirectory}\"";
        string reach = embedded switch
        {
            null => "Elsewhere the same link works wherever the signaling server can be reached.",
            { Addresses.Count: > 1 } => "On another machine in this network the same link works, as long as this window is open.",
            _ => "This machine has no private network address, so only programs on it can use the link. For others start samples/SignalingServer and give --signal.",
        };
        view.ShowInvite(invite, $"{Examples.StartAgain} join \"{invite}\" --profile {profile.ProposeAnother()}{directory}", reach);
    }
}
