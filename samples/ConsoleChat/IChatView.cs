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

    /// <summary>A code that people carry to the other window.</summary>
    /// <param name="kind">What it is: code or answer.</param>
    /// <param name="code">The code.</param>
    /// <param name="instruction">What to do with it.</param>
    /// <param name="command">What to type on this machine; null for nothing.</param>
    /// <param name="next">What to do then; null for nothing.</param>
    void ShowCode(string kind, string code, string instruction, string? command, string? next);

    /// <summary>The invitation or code that was shown last, as a QR code whatever the size of the window.</summary>
    void ShowQrCode();

    /// <summary>Who is in the room has changed, or who is connected.</summary>
    void ShowMembers(IReadOnlyList<RoomMember> members);

    /// <summary>Somebody has joined, has left, was removed or has another role.</summary>
    /// <param name="change">What happened.</param>
    /// <param name="isSelf">Whether to this account.</param>
    void ShowChange(RoomMemberChangedEventArgs change, bool isSelf);

    /// <summary>Somebody has asked who is there.</summary>
    void ShowWho(IReadOnlyList<Attendee> attendees);

    void ShowMessage(RoomMessage message);

    /// <summary>Everything again, in the order that all see.</summary>
    void ShowHistory(IReadOnlyList<RoomMessage> messages);

    void ShowSent(RoomMessageId message);

    void ShowDelivered(RoomMessageId message, PeerId peer);

    /// <summary>It is over; nothing is shown after this.</summary>
    void ShowEnd();

    /// <summary>The next line that was typed; null when there will be no more.</summary>
    Task<string?> ReadLineAsync(CancellationToken cancellationToken);
}
