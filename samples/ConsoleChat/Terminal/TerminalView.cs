using System.Globalization;
using System.Text;
using BerOfChat;

namespace ConsoleChat.Terminal;

/// <summary>A line editor at the bottom; what arrives is printed above it and does not disturb the line that is being typed.</summary>
internal sealed class TerminalView : IChatView
{
    private readonly Lock _lock = new();
    private readonly Screen _screen = new();
    private readonly LineEditor _editor = new();
    private readonly Dictionary<RoomMessageId, HashSet<PeerId>> _delivered = [];
    private readonly Dictionary<RoomMessageId, int> _rows = [];
    private readonly Dictionary<PeerId, bool> _presences = [];
    private IReadOnlyList<RoomMember> _members = [];
    private bool _hasMembers;
    private string? _code;
    private DateOnly _day = DateOnly.FromDateTime(DateTime.Now);

    /// <summary>Turns the terminal's echo off: what is typed too early waits.</summary>
    public TerminalView() => _ = Console.KeyAvailable;

    public void ShowNotice(string kind, string text)
    {
        string clean = Clean(text);
        Print(clean, kind == "error" ? Screen.Style("31", clean) : Screen.Dim(clean));
    }

    public void ShowHelp(IReadOnlyList<(string Command, string Meaning)> commands)
    {
        StringBuilder help = new();
        int width = commands.Max(line => line.Command.Length);
        foreach ((string command, string meaning) in commands.Append(("Ctrl+C", "the same as /quit"))) help.Append(CultureInfo.InvariantCulture, $"  {command.PadRight(width)}  {meaning}\n");
        help.Append(CultureInfo.InvariantCulture, $"\n  {Waiting}  on this device only     {OneHasIt}  somebody has it     {AllHaveIt}  everybody in the room has it");
        Print(help.ToString());
    }

    public void ShowInvite(RoomInvite invite, string joinCommand, string reach)
    {
        ShowQrCode(invite.ToString());
        Print($"Invite somebody with this link; it works once, until {invite.ExpiresAt.ToLocalTime().ToString("d MMMM HH:mm", CultureInfo.InvariantCulture)}:\n\n  {invite}\n");
        Print($"On this machine, from a second terminal:\n\n  {joinCommand}\n");
        ShowNotice("reach", reach);
    }

    public void ShowCode(string kind, string code, string instruction, string? command, string? next)
    {
        ShowQrCode(code);
        Print($"{instruction}\n\n  {command ?? code}\n");
        if (next is not null) Print(next);
    }

    public void ShowQrCode()
    {
        if (_code is { } code) Print(QrCode.Draw(code));
        else ShowNotice("error", "There is nothing to draw yet. /invite makes an invitation.");
    }

    public void ShowMembers(IReadOnlyList<RoomMember> members)
    {
        lock (_lock)
        {
            // Who comes in later is introduced by ShowChange first.
            if (!_hasMembers)
            {
                foreach (RoomMember member in members) _presences[member.Id] = !member.IsConnected;
            }

            _hasMembers = true;
            _members = members;
            ShowPresences();
        }
    }

    public void ShowChange(RoomMemberChangedEventArgs change, bool isSelf)
    {
        string who = isSelf ? "You" : Names.Of(change.Member);
        string by = change.By is { } author ? Names.Of(author) : "an admin";
        string text = change.Change switch
        {
            RoomMemberChange.Joined => isSelf ? "You are in the room." : $"{who} has joined.",
            RoomMemberChange.Left => isSelf ? "You have left the room. What you had stays here; /quit leaves the program." : $"{who} has left the room.",
            RoomMemberChange.Removed => isSelf ? $"You were removed by {by}. What is written from now on is not for you; /quit leaves the program." : $"{who} was removed by {by}.",
            _ => $"{who} {(isSelf ? "are" : "is")} {(change.Role == RoomRole.Admin ? "an admin" : "a member")} now.",
        };
        lock (_lock)
        {
            Print(text, Screen.Style("33", text));
            if (change.Change is RoomMemberChange.Left or RoomMemberChange.Removed) _presences.Remove(change.Member);
            if (change.Change == RoomMemberChange.Joined) _presences.TryAdd(change.Member, false);
            ShowPresences();
        }
    }

    public void ShowHistory(IReadOnlyList<RoomMessage> messages)
    {
        foreach (RoomMessage message in messages) ShowMessage(message);
    }

    public void ShowWho(IReadOnlyList<Attendee> attendees)
    {
        foreach (Attendee who in attendees)
        {
            string name = Names.Of(who.Member.Id);
            string text = $"{Attendee.NameOf(who.Member.Role),-6}  {who.Text}";
            Print($"  {name}  {text}", $"  {Screen.Style(ColourOf(who.Member.Id), name)}  {Screen.Dim(text)}");
        }
    }

    public void ShowMessage(RoomMessage message)
    {
        DateTime sent = message.SentAt.LocalDateTime;
        lock (_lock)
        {
            ShowDay(DateOnly.FromDateTime(sent));
            string time = sent.ToString("HH:mm", CultureInfo.InvariantCulture);
            string mark = message.IsMine ? MarkOf(message.Id) : "  ";
            string name = message.IsMine ? "you" : Names.Of(message.Sender);
            string text = Clean(message.Text);
            int row = _screen.Print($"{time} {mark} {name}: {text}", $"{Screen.Dim(time)} {Screen.Style(MarkColour, mark)} {Screen.Style(message.IsMine ? "1" : ColourOf(message.Sender), name)}: {text}");
            if (message.IsMine) _rows[message.Id] = row;
        }
    }

    public void ShowSent(RoomMessageId message)
    {
    }

    public void ShowDelivered(RoomMessageId message, PeerId peer)
    {
        lock (_lock)
        {
            if (!_delivered.TryGetValue(message, out HashSet<PeerId>? peers)) _delivered.Add(message, peers = []);
            if (peers.Add(peer) && _rows.TryGetValue(message, out int row)) _screen.Mark(row, MarkColumn, Screen.Style(MarkColour, MarkOf(message)));
        }
    }

    public void ShowEnd()
    {
        lock (_lock) _screen.HidePrompt();
        Print("Good bye.");
    }

    public Task<string?> ReadLineAsync(CancellationToken cancellationToken) => Task.Run(ReadLine, cancellationToken).WaitAsync(cancellationToken);

    private string? ReadLine()
    {
        ShowPrompt();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            lock (_lock)
            {
                if (key.Key == ConsoleKey.D && key.Modifiers == ConsoleModifiers.Control && _editor.IsEmpty) return null;
                if (key.Key == ConsoleKey.Enter)
                {
                    string line = _editor.Take();
                    _screen.ShowPrompt(Prompt, "");
                    return line;
                }

                _editor.Handle(key);
            }

            ShowPrompt();
        }
    }

    private void ShowPrompt()
    {
        lock (_lock)
        {
            (string before, string after) = _editor.Show(Screen.Width - Prompt.Length);
            _screen.ShowPrompt(Prompt + before, after);
        }
    }

    private void ShowPresences()
    {
        foreach (RoomMember member in _members.Where(member => !member.IsSelf))
        {
            if (!_presences.TryGetValue(member.Id, out bool isShownHere) || isShownHere == member.IsConnected) continue;
            _presences[member.Id] = member.IsConnected;
            string name = Names.Of(member.Id);
            ShowNotice("presence", member.IsConnected ? $"{name} is here." : $"{name} is away. Looking for {name} …");
        }
    }

    private void ShowQrCode(string text)
    {
        _code = text;
        string drawing = QrCode.Draw(text);
        string[] lines = drawing.Split('\n');
        if (lines.Length < Console.WindowHeight && lines[0].TrimEnd().Length <= Screen.Width) Print(drawing);
        else ShowNotice("qr", $"The QR code needs a window of {lines.Length + 1} lines and {lines[0].TrimEnd().Length} columns; /qr draws it.");
    }

    private void ShowDay(DateOnly day)
    {
        if (day == _day) return;
        _day = day;
        string text = day.ToString("dddd, d MMMM yyyy", CultureInfo.InvariantCulture);
        _screen.Print(text, Screen.Dim(text));
    }

    private string MarkOf(RoomMessageId message)
    {
        if (!_delivered.TryGetValue(message, out HashSet<PeerId>? peers)) return Waiting;
        return _members.All(member => member.IsSelf || peers.Contains(member.Id)) ? AllHaveIt : OneHasIt;
    }

    private static string ColourOf(PeerId peer)
    {
        Span<byte> key = stackalloc byte[PeerId.Size];
        peer.CopyTo(key);
        return s_colours[key[^1] % s_colours.Length];
    }

    private void Print(string text) => Print(text, text);

    private void Print(string plain, string styled)
    {
        lock (_lock) _screen.Print(plain, styled);
    }

    /// <summary>What others write must not steer the terminal: no escapes, no reversed reading order.</summary>
    private static string Clean(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) || (char.GetUnicodeCategory(c) == UnicodeCategory.Format && c != ZeroWidthJoiner) ? ' ' : c));

    private const string Prompt = "> ";
    private const string Waiting = "· ";
    private const string OneHasIt = "✓ ";
    private const string AllHaveIt = "✓✓";
    private const string MarkColour = "32";
    private const int MarkColumn = 6;
    private const char ZeroWidthJoiner = '\u200D';

    private static readonly string[] s_colours = ["36", "35", "33", "34", "32", "31"];
}
