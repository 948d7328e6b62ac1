using BerOfChat;

namespace ConsoleChat.Demo;

/// <summary>Counts what new clients read from the files.</summary>
/// <param name="Messages">Different messages in all files together.</param>
/// <param name="SameOrder">Whether all files show them in the same order.</param>
/// <param name="Files">Each file.</param>
internal sealed record DemoCount(int Messages, bool SameOrder, IReadOnlyList<DemoFile> Files)
{
    public static async Task<DemoCount> TakeAsync(IReadOnlyList<DemoPerson> people, int each, CancellationToken cancellationToken)
    {
        HashSet<string> expected = [.. people.SelectMany(person => Enumerable.Range(1, each).Select(person.TextOf))];
        HashSet<string> seen = [];
        List<DemoFile> files = [];
        List<string>? first = null;
        bool isSame = true;
        foreach (DemoPerson person in people)
        {
            List<RoomMessage> messages = [];
            await person.OpenAsync(cancellationToken, isOnline: false);
            await foreach (RoomMessage message in person.Room.ReadHistoryAsync(RoomPosition.Start, cancellationToken)) messages.Add(message);
            await person.CloseAsync();

            List<string> shown = [.. messages.OrderBy(message => message.Order).ThenBy(message => message.Id.ToString(), StringComparer.Ordinal).Select(message => message.Text)];
            int different = shown.Distinct().Count();
            files.Add(new DemoFile(person.Name, messages.Count(message => message.IsMine), messages.Count(message => !message.IsMine), expected.Except(shown).Count(), shown.Count - different));
            seen.UnionWith(shown);
            first ??= shown;
            isSame &= shown.SequenceEqual(first);
        }

        return new DemoCount(seen.Count, isSame, files);
    }
}
