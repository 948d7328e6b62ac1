using BerOfChat;

namespace ConsoleChat;

/// <summary>One line for each event, its kind first; line breaks in texts become \n.</summary>
internal sealed class PlainView : IChatView
{
    private readonly Lock _lock = new();
    private string? _members;

    public void ShowNotice(string kind, string text) => Write($"{kind} {text}");

    public void ShowHelp(IReadOnlyList<(string Command, string Meaning)> commands)
    {
        foreach ((string command, string meaning) in commands) Write($"help {command}: {meaning}");
    }

    public void ShowInvite(RoomInvite invite, string joinCommand, string reach) => Write($"invite {invite}");

    public void ShowCode(string kind, string code, string instruction, string? command, string? next) => Write($"{kind} {code}");

    public void ShowQrCode() => ShowNotice("error", "/qr is for terminals.");

    public void ShowMembers(IReadOnlyList<RoomMember> members)
    {
        string line = Describe(members);
        lock (_lock)
        {
            if (line == _members) return;
            _members = line;
            Write(line);
        }
    }

    public void ShowChange(RoomMemberChangedEventArgs change, bool isSelf)
    {
        string name = Names.Of(change.Member);
        Write(change.Change switch
        {
            RoomMemberChange.Joined => $"joined {name} {Attendee.NameOf(change.Role)}",
            RoomMemberChange.Left => $"left {name}",
            RoomMemberChange.Removed => $"removed {name} by {(change.By is { } by ? Names.Of(by) : "?")}",
            _ => $"role {name} {Attendee.NameOf(change.Role)}",
        });
    }

    public void ShowHistory(IReadOnlyList<RoomMessage> messages)
    {
        lock (_lock)
        {
            foreach (RoomMessage message in messages) Write($"history {Describe(message)}");
            Write($"end {messages.Count}");
        }
    }

    public void ShowWho(IReadOnlyList<Attendee> attendees)
    {
        Write(Describe(attendees.Select(attendee => attendee.Member)));
        foreach (Attendee attendee in attendees) Write($"who {Names.Of(attendee.Member.Id)} {Attendee.NameOf(attendee.Member.Role)} {attendee.Text}");
    }

    public void ShowMessage(RoomMessage message) => Write($"message {Describe(message)}");

    public void ShowSent(RoomMessageId message) => Write($"sent {Names.Of(message)}");

    public void ShowDelivered(RoomMessageId message, PeerId peer) => Write($"delivered {Names.Of(message)} {Names.Of(peer)}");

    public void ShowEnd() => Write("bye");

    public Task<string?> ReadLineAsync(CancellationToken cancellationToken) => Task.Run(Console.In.ReadLine, cancellationToken).WaitAsync(cancellationToken);

    private static string Describe(RoomMessage message) => $"{Names.Of(message.Id)} {Names.Of(message.Sender)} {message.Text}";

    private static string Describe(IEnumerable<RoomMember> members) =>
        "members " + string.Join(' ', members.Select(member => $"{Names.Of(member.Id)}:{(member.IsSelf ? "self" : member.IsConnected ? "here" : "away")}"));

    private void Write(string line)
    {
        lock (_lock)
        {
            Console.Out.WriteLine(line.ReplaceLineEndings("\\n"));
            Console.Out.Flush();
        }
    }
}
