using BerOfChat;

namespace ConsoleChat;

/// <summary>What typed lines do.</summary>
internal sealed class ChatCommands(BerOfChatClient client, Room room, Invitations invitations, ManualMeeting? meeting, IChatView view)
{
    /// <summary>Does what a line says. False when the person wants to leave the program.</summary>
    public async Task<bool> HandleAsync(string line, CancellationToken cancellationToken)
    {
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        try
        {
            switch (words)
            {
                case []:
                    break;
                case ["/quit"]:
                    return false;
                case ["/help"]:
                    view.ShowHelp(s_help);
                    break;
                case ["/who"]:
                    view.ShowWho(Attendee.Of(client, room));
                    break;
                case ["/history"]:
                    await ShowHistoryAsync(cancellationToken);
                    break;
                case ["/qr"]:
                    view.ShowQrCode();
                    break;
                case ["/code"]:
                    await (meeting ?? throw new ArgumentException("Codes are for windows that were started with --manual.")).OfferAsync(cancellationToken);
                    break;
                case ["/invite"] when meeting is not null:
                    throw new ArgumentException("With --manual there is no server that an invitation could name. /code makes a code for somebody else.");
                case ["/invite"]:
                    await invitations.ShowNewAsync(cancellationToken);
                    break;
                case ["/remove", var name]:
                    await room.RemoveMemberAsync(Find(name), cancellationToken);
                    break;
                case ["/role", var name, "admin" or "member"]:
                    await room.SetRoleAsync(Find(name), words[2] == "admin" ? RoomRole.Admin : RoomRole.Member, cancellationToken);
                    break;
                case ["/leave"]:
                    await room.LeaveAsync(cancellationToken);
                    break;
                case ["/remove" or "/role", ..]:
                    throw new ArgumentException("It takes /remove NAME, or /role NAME admin (or member). /who shows the names.");
                case ["/quit" or "/help" or "/who" or "/history" or "/qr" or "/code" or "/invite" or "/leave", ..]:
                    throw new ArgumentException($"{words[0]} stands alone: nothing comes after it.");
                case [['/', not '/', ..], ..]:
                    throw new ArgumentException($"There is no command {words[0]}. /help lists them; two slashes send a line that begins with one.");
                case [..] when meeting is not null && ManualMeeting.IsCode(line):
                    await meeting.EnterAsync(line, cancellationToken);
                    break;
                default:
                    view.ShowSent(await room.SendAsync(line.StartsWith("//", StringComparison.Ordinal) ? line[1..] : line, cancellationToken));
                    break;
            }
        }
        catch (BerOfChatException e) when (e.ErrorCode is not (BerOfChatErrorCode.StoreUnavailable or BerOfChatErrorCode.Closed))
        {
            view.ShowNotice("error", e.Message);
        }
        catch (ArgumentException e)
        {
            view.ShowNotice("error", e.Message);
        }

        return true;
    }

    private PeerId Find(string name)
    {
        RoomMember[] found = [.. room.Members.Where(member => Names.Of(member.Id) == name || member.Id.ToString() == name)];
        return found switch
        {
            [{ IsSelf: true }] => throw new ArgumentException("That is you. To go yourself: /leave."),
            [var member] => member.Id,
            [] => throw new ArgumentException($"Nobody here is called {name}. /who shows the names."),
            _ => throw new ArgumentException($"{name} names more than one. Use the long id, which begins with boc1: {string.Join(", ", found.Select(member => member.Id))}."),
        };
    }

    private async Task ShowHistoryAsync(CancellationToken cancellationToken)
    {
        List<RoomMessage> messages = [];
        await foreach (RoomMessage message in room.ReadHistoryAsync(RoomPosition.Start, cancellationToken)) messages.Add(message);
        view.ShowHistory([.. messages.OrderBy(message => message.Order).ThenBy(message => message.Id.ToString(), StringComparer.Ordinal)]);
    }

    private static readonly (string, string)[] s_help =
    [
        ("/who", "who is in the room, and how each is connected"),
        ("/history", "everything again, in the order that all see"),
        ("/invite", "invite somebody else (admins)"),
        ("/qr", "the last invitation or code as a QR code"),
        ("/code", "with --manual: make a new code, for somebody else or when the old one is used up"),
        ("/remove NAME", "remove somebody (admins): what is written from then on is not for them"),
        ("/role NAME admin", "let somebody invite and remove; /role NAME member takes it back (admins)"),
        ("/leave", "leave the room for good"),
        ("/quit", "leave the program; the history stays, and the room too"),
        ("//text", "send a line that begins with a slash"),
        ("anything else", "is sent to everybody in the room"),
    ];
}
