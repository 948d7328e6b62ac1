namespace BerOfChat.EndToEnd;

/// <summary>A room of four: four processes, four files, and a signaling server that none of them is.</summary>
public sealed class FourPeopleTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("berofchat-four-").FullName;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(10));
    private readonly List<string> _written = [];
    private string _signal = "";

    private CancellationToken Token => _patience.Token;

    public void Dispose()
    {
        _patience.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Four_people_have_every_message_once_and_in_the_same_order_whoever_is_stopped_killed_or_removed()
    {
        await using ChatProcess server = ChatProcess.StartSignalingServer();
        string address = await server.WaitForAsync(line => line.StartsWith("Clients: ", StringComparison.Ordinal), Token);
        _signal = address[address.IndexOf("ws://", StringComparison.Ordinal)..];
        var people = new Dictionary<string, ChatProcess>();
        try
        {
            await GatherAsync(people);
            foreach ((string name, ChatProcess person) in people) Write(person, $"{name} is here");
            await AllSeeAsync(people, people.Keys);

            // Whoever invited them all stops; the others do not need her.
            await QuitAsync(people, "alice");
            foreach (string name in new[] { "bob", "carol", "dave" }) Write(people[name], $"{name} without alice");
            await AllSeeAsync(people, ["bob", "carol", "dave"]);

            // One is killed; two go on; it comes back and has what they wrote, from whoever is there.
            await people["carol"].KillAsync();
            await people["carol"].DisposeAsync();
            Write(people["bob"], "carol is gone");
            Write(people["dave"], "so she is");
            await AllSeeAsync(people, ["bob", "dave"]);
            people["carol"] = Start("carol");
            Write(people["carol"], "carol is back");
            await AllSeeAsync(people, ["bob", "carol", "dave"]);
            people["alice"] = Start("alice");
            await AllSeeAsync(people, people.Keys);

            await AssertSameHistoryAsync(people, people.Keys);
            await RemoveAsync(people, "dave");
            foreach (ChatProcess person in people.Values) person.EndInput();
            foreach (ChatProcess person in people.Values) Assert.Equal(0, await person.WaitForExitAsync(Token));
        }
        finally
        {
            foreach (ChatProcess person in people.Values) await person.DisposeAsync();
        }
    }

    private async Task GatherAsync(Dictionary<string, ChatProcess> people)
    {
        people["alice"] = Start("alice");
        string[] guests = ["bob", "carol", "dave"];
        for (int i = 0; i < guests.Length; i++)
        {
            if (i > 0) people["alice"].Type("/invite");
            string invite = await people["alice"].WaitForNthAsync(i + 1, line => line.StartsWith("invite ", StringComparison.Ordinal), Token);
            people[guests[i]] = Start(guests[i], "join", invite["invite ".Length..]);
            await people[guests[i]].WaitForAsync(line => line.StartsWith("ready", StringComparison.Ordinal), Token);
        }

        // Each is connected with each: nobody is away for anybody.
        foreach (ChatProcess person in people.Values)
        {
            await person.WaitForAsync(
                line => line.StartsWith("members ", StringComparison.Ordinal) && line.Split(' ').Length == 5 && !line.Contains(":away", StringComparison.Ordinal), Token, "four members, all here");
        }
    }

    private async Task RemoveAsync(Dictionary<string, ChatProcess> people, string removed)
    {
        string name = people[removed].NameOfSelf;
        people["bob"].Type($"/remove {name}");
        await people["bob"].WaitForAsync(line => line.StartsWith("error ", StringComparison.Ordinal), Token);
        people["alice"].Type($"/remove {name}");
        foreach (ChatProcess person in people.Values) await person.WaitForAsync(line => line.StartsWith($"removed {name} by {people["alice"].NameOfSelf}", StringComparison.Ordinal), Token);

        string[] others = [.. people.Keys.Where(key => key != removed)];
        Write(people["bob"], "not for dave");
        await AllSeeAsync(people, others);
        people[removed].Type("let me in");
        await people[removed].WaitForAsync(line => line.StartsWith("error ", StringComparison.Ordinal), Token);
        await AssertSameHistoryAsync(people, others);

        // Not now, and not from the file either.
        people[removed].Type("/history");
        await people[removed].WaitForAsync(line => line.StartsWith("end ", StringComparison.Ordinal), Token);
        Assert.DoesNotContain(people[removed].Lines, line => line.Contains("not for dave", StringComparison.Ordinal));
        Assert.Contains(people[removed].Lines, line => line.StartsWith("history ", StringComparison.Ordinal) && line.EndsWith(" so she is", StringComparison.Ordinal));
    }

    private void Write(ChatProcess person, string text)
    {
        person.Type(text);
        _written.Add(text);
    }

    private async Task AllSeeAsync(Dictionary<string, ChatProcess> people, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            foreach (string text in _written)
                await people[name].WaitForAsync(line => line.StartsWith("message ", StringComparison.Ordinal) && line.EndsWith(' ' + text, StringComparison.Ordinal), Token, $"\"{text}\" for {name}");
        }
    }

    private async Task AssertSameHistoryAsync(Dictionary<string, ChatProcess> people, IEnumerable<string> names)
    {
        List<string[]> histories = [];
        foreach (string name in names)
        {
            int before = people[name].Lines.Count;
            people[name].Type("/history");
            await people[name].WaitForAsync(line => line.StartsWith("end ", StringComparison.Ordinal), Token, "the end of the history", from: before);
            histories.Add([.. people[name].Lines.Skip(before).Where(line => line.StartsWith("history ", StringComparison.Ordinal))]);
        }

        Assert.Equal(_written.Order(StringComparer.Ordinal), histories[0].Select(line => line.Split(' ', 4)[3]).Order(StringComparer.Ordinal));
        Assert.All(histories, history => Assert.Equal(histories[0], history));
    }

    private async Task QuitAsync(Dictionary<string, ChatProcess> people, string name)
    {
        people[name].Type("/quit");
        Assert.Equal(0, await people[name].WaitForExitAsync(Token));
        await people[name].DisposeAsync();
        people.Remove(name);
    }

    private ChatProcess Start(string profile, params IEnumerable<string> arguments) =>
        ChatProcess.Start([.. arguments, "--plain", "--profile", profile, "--data-dir", _directory, "--signal", _signal]);
}
