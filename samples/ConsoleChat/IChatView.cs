using BerOfChat;

namespace ConsoleChat;

/// <summary>Shows a chat and reads what is typed. All members may be called from any thread.</summary>
internal interface IChatView
{
    /// <summary>Something to know.</summary>
    void ShowNotice(string kind, string text);

    void ShowHelp(IReadOnlyList<(string Command, string Meaning)> commands);

    /// <param name="invite">The invitation.</param>
    /// <param name="joinCommand">What to type on this machine.</param>
    /// <param name="reach">Who can use it.</param>
    void ShowInvite(RoomInvite invite, string joinCommand, string reach);

    /// <summary>Who is in the room has changed, or who is connected.</summary>
    void ShowMembers(IReadOnlyList<RoomMember> members);

    /// <summary>Somebody has asked who is there.</summary>
    void ShowWho(IReadOnlyList<Attendee> attendees);

    void ShowMessage(RoomMessage message);

    void ShowSent(RoomMessageId message);

    void ShowDelivered(RoomMessageId message, PeerId peer);

    /// <summary>It is over; nothing is shown after this.</summary>
    void ShowEnd();

    /// <summary>The next line that was typed; null when there will be no more.</summary>
    Task<string?> ReadLineAsync(CancellationToken cancellationToken);
}
