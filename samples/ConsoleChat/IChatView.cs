using BerOfChat;

namespace ConsoleChat;

/// <summary>Shows a chat and reads what is typed. All members may be called from any thread.</summary>
internal interface IChatView
{
    /// <summary>Something to know.</summary>
    void ShowNotice(string kind, string text);

    void ShowInvite(RoomInvite invite, string joinCommand);

    void ShowMembers(IReadOnlyList<RoomMember> members);

    void ShowMessage(RoomMessage message);

    void ShowSent(RoomMessageId message);

    void ShowDelivered(RoomMessageId message, PeerId peer);

    /// <summary>It is over; nothing is shown after this.</summary>
    void ShowEnd();

    /// <summary>The next line that was typed; null when there will be no more.</summary>
    Task<string?> ReadLineAsync(CancellationToken cancellationToken);
}
