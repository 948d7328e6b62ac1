using System.Globalization;
using System.Text;
using BerOfChat;

namespace ConsoleChat;

/// <summary>A line editor at the bottom; what arrives is printed above it and does not disturb the line that is being typed.</summary>
internal sealed class TerminalView : IChatView
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _typed = new();

    public void ShowNotice(string kind, string text) => Print($"\e[2m{Clean(text)}\e[0m");

    public void ShowInvite(RoomInvite invite, string joinCommand)
    {
        Print(InviteDisplay.Draw(invite.ToString()));
        Print($"Invite somebody with this link; it works once, until {invite.ExpiresAt.ToLocalTime().ToString("g", CultureInfo.CurrentCulture)}:");
        Print($"\n  {invite}\n");
        Print($"On this machine, from a second terminal:\n\n  {joinCommand}\n");
    }

    public void ShowMembers(IReadOnlyList<RoomMember> members) =>
        Print("\e[2mHere: " + string.Join(", ", members.Select(member => $"{Names.Of(member.Id)}{(member.IsSelf ? " (you)" : member.IsConnected ? "" : " (away)")}")) + "\e[0m");

    public void ShowMessage(RoomMessage message)
    {
        string time = message.SentAt.ToLocalTime().ToString("t", CultureInfo.CurrentCulture);
        string name = message.IsMine ? "you" : Names.Of(message.Sender);
        Print($"\e[2m{time}\e[0m \e[1m{name}\e[0m: {Clean(message.Text)}");
    }

    public void ShowSent(RoomMessageId message)
    {
    }

    public void ShowDelivered(RoomMessageId message, PeerId peer) => Print($"\e[2m      ✓ {Names.Of(peer)} has it\e[0m");

    public void ShowEnd()
    {
        lock (_lock) Console.WriteLine("\r\e[2KGood bye.");
    }

    public Task<string?> ReadLineAsync(CancellationToken cancellationToken) => Task.Run(() => ReadLine(cancellationToken), cancellationToken).WaitAsync(cancellationToken);

    private string? ReadLine(CancellationToken cancellationToken)
    {
        Redraw();
        while (!cancellationToken.IsCancellationRequested)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            lock (_lock)
            {
                switch (key.Key)
                {
                    case ConsoleKey.Enter:
                        string line = _typed.ToString();
                        _typed.Clear();
                        Console.Write("\r\e[2K");
                        return line;
                    case ConsoleKey.D when key.Modifiers == ConsoleModifiers.Control && _typed.Length == 0:
                        return null;
                    case ConsoleKey.Backspace:
                        _typed.Length = Math.Max(0, _typed.Length - 1);
                        break;
                    default:
                        if (!char.IsControl(key.KeyChar)) _typed.Append(key.KeyChar);
                        break;
                }

                Redraw();
            }
        }

        return null;
    }

    private void Print(string text)
    {
        lock (_lock)
        {
            Console.Write("\r\e[2K");
            Console.WriteLine(text);
            Redraw();
        }
    }

    private void Redraw()
    {
        // Only the end of a long line is shown, so that it never wraps.
        string typed = _typed.ToString();
        int room = Math.Max(10, Console.WindowWidth - 4);
        Console.Write($"\r\e[2K> {(typed.Length > room ? typed[^room..] : typed)}");
    }

    /// <summary>What others write must not steer the terminal.</summary>
    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
