using BerOfChat;

namespace ConsoleChat.Demo;

/// <summary>Counts what two new clients read from the two files.</summary>
internal static class DemoCount
{
    public static async Task<(int Messages, int Lost, int Duplicated)> CountAsync(DemoPerson alice, DemoPerson bob, int each, CancellationToken cancellationToken)
    {
        HashSet<string> expected = [.. Enumerable.Range(1, each).SelectMany(i => new[] { alice.TextOf(i), bob.TextOf(i) })];
        HashSet<string> seen = [];
        int lost = 0;
        int duplicated = 0;
        foreach (DemoPerson person in new[] { alice, bob })
        {
            List<string> texts = [];
            await person.OpenAsync(cancellationToken, isOnline: false);
            await foreach (RoomMessage message in person.Room.ReadHistoryAsync(RoomPosition.Start, cancellationToken)) texts.Add(message.Text);
            await person.CloseAsync();
            seen.UnionWith(texts);
            lost += expected.Except(texts).Count();
            duplicated += texts.Count - texts.Distinct().Count();
        }

        return (seen.Count, lost, duplicated);
    }
}
