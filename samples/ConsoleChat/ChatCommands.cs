using BerOfChat;

namespace ConsoleChat;

/// <summary>What typed lines do.</summary>
internal sealed class ChatCommands(BerOfChatClient client, Room room, Invitations invitations, IChatView view)
{
    /// <summary>Does what a line says. False when the person wants to leave the program.</summary>
    public async Task<bool> HandleAsync(string line, CancellationToken cancellationToken)
    {
        string[] words = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
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
                case ["/invite"]:
                    await InviteAsync(cancellationToken);
                    break;
                case [['/', not '/', ..], ..]:
                    view.ShowNotice("error", $"There is no command {line.Trim()}. /help lists them; two slashes send a line that begins with one.");
                    break;
                default:
                    view.ShowSent(await room.SendAsync(line.StartsWith("//", StringComparison.Ordinal) ? line[1..] : line, cancellationToken));
                    break;
            }
        }
        catch (BerOfChatException e) when (e.ErrorCode is BerOfChatErrorCode.MessageTooLarge)
        {
            view.ShowNotice("error", e.Message);
        }

        return true;
    }

    public Task InviteAsync(CancellationToken cancellationToken) => invitations.ShowNewAsync(cancellationToken);

    private static readonly (string, string)[] s_help =
    [
        ("/who", "who is in the room, and how each is connected"),
        ("/invite", "invite somebody else"),
        ("/quit", "leave the program; the history stays, and the room too"),
        ("//text", "send a line that begins with a slash"),
        ("anything else", "is sent to everybody in the room"),
    ];
}
