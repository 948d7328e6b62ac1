using BerOfChat.EndToEnd;

namespace BerOfChat.Soak;

/// <summary>Four processes in one room, and what each has written.</summary>
internal sealed class FourProcesses(int seed) : IAsyncDisposable
{
    private readonly Random _random = new(seed);
    private readonly string _directory = Directory.CreateTempSubdirectory("berofchat-soak-").FullName;
    private readonly Dictionary<string, ChatProcess> _people = [];
    private readonly Dictionary<string, List<string>> _unsure = s_names.ToDictionary(name => name, _ => new List<string>());
    private readonly HashSet<string> _durable = [];
    private readonly HashSet<string> _typed = [];
    private ChatProcess? _server;
    private string _signal = "";
    private int _kills;

    public string Summary => $"{_typed.Count} messages typed, {_durable.Count} known to be durable, {_kills} kills";

    public async Task RunAsync(TimeSpan duration)
    {
        await GatherAsync();
        DateTime end = DateTime.UtcNow + duration;
        do
        {
            string victim = s_names[_random.Next(s_names.Length)];
            Write(_random.Next(1, 6));
            await KillAsync(victim);
            Write(_random.Next(1, 6));
            if (_random.Next(3) == 0) await SettleAsync();
            _people[victim] = Start(victim);
            Write(_random.Next(6));
            await SettleAsync();
            Console.WriteLine($"{DateTime.UtcNow:HH:mm:ss}  {victim} was killed and is back; {Summary}");
        }
        while (DateTime.UtcNow < end);

        await CompareAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ChatProcess person in _people.Values) await person.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task GatherAsync()
    {
        _server = ChatProcess.StartSignalingServer();
        string address = await WaitAsync(_server, line => line.StartsWith("Clients: ", StringComparison.Ordinal), "the server's address");
        _signal = address[address.IndexOf("ws://", StringComparison.Ordinal)..];
        ChatProcess host = _people[s_names[0]] = Start(s_names[0]);
        for (int i = 1; i < s_names.Length; i++)
        {
            if (i > 1) host.Type("/invite");
            using var patience = new CancellationTokenSource(s_patience);
            string invite = await host.WaitForNthAsync(i, line => line.StartsWith("invite ", StringComparison.Ordinal), patience.Token);
            _people[s_names[i]] = Start(s_names[i], "join", invite["invite ".Length..]);
            await WaitAsync(_people[s_names[i]], line => line.StartsWith("ready", StringComparison.Ordinal), $"{s_names[i]} in the room");
        }
    }

    /// <summary>Lets some of those who run write.</summary>
    private void Write(int count)
    {
        string[] running = [.. _people.Keys.Order(StringComparer.Ordinal)];
        for (int i = 0; i < count; i++)
        {
            string name = running[_random.Next(running.Length)];
            string text = $"{name} {_typed.Count}";
            _typed.Add(text);
            _unsure[name].Add(text);
            _people[name].Type(text);
        }
    }

    /// <summary>Kills one, perhaps while it writes. What its window has shown is durable; the rest may be or not.</summary>
    private async Task KillAsync(string name)
    {
        ChatProcess process = _people[name];
        await process.KillAsync();
        _kills++;
        _people.Remove(name);
        CheckNoneTwice(name, process);
        _durable.UnionWith(_unsure[name].Where(text => Shows(process, text)));
        _unsure[name].Clear();
        await process.DisposeAsync();
    }

    /// <summary>Waits until those who run show everything that is durable, and what they have just written is.</summary>
    private async Task SettleAsync()
    {
        foreach ((string name, ChatProcess process) in _people)
        {
            foreach (string text in _unsure[name])
            {
                await WaitAsync(process, line => IsMessage(line, text), $"{name}'s own \"{text}\"");
                _durable.Add(text);
            }

            _unsure[name].Clear();
        }

        foreach ((string name, ChatProcess process) in _people)
        {
            foreach (string text in _durable) await WaitAsync(process, line => IsMessage(line, text), $"\"{text}\" for {name}");
        }
    }

    private async Task CompareAsync()
    {
        await SettleAsync();
        List<string[]> histories = [];
        foreach ((string name, ChatProcess process) in _people)
        {
            CheckNoneTwice(name, process);
            process.Type("/history");
            await WaitAsync(process, line => line.StartsWith("end ", StringComparison.Ordinal), "the end of the history");
            histories.Add([.. process.Lines.Where(line => line.StartsWith("history ", StringComparison.Ordinal)).Select(line => line.Split(' ', 4)[3])]);
        }

        if (histories.Any(history => !history.SequenceEqual(histories[0]))) throw new InvalidDataException("The four do not show the same in the same order.");
        string[] twice = [.. histories[0].GroupBy(text => text).Where(group => group.Count() > 1).Select(group => group.Key)];
        if (twice.Length > 0) throw new InvalidDataException($"There more than once: {string.Join(", ", twice)}.");
        string[] lost = [.. _durable.Except(histories[0])];
        if (lost.Length > 0) throw new InvalidDataException($"Lost: {string.Join(", ", lost)}.");
        string[] invented = [.. histories[0].Except(_typed)];
        if (invented.Length > 0) throw new InvalidDataException($"Never written: {string.Join(", ", invented)}.");
    }

    private static void CheckNoneTwice(string name, ChatProcess process)
    {
        IEnumerable<string> ids = process.Lines.Where(line => line.StartsWith("message ", StringComparison.Ordinal)).Select(line => line.Split(' ', 3)[1]);
        if (ids.GroupBy(id => id).FirstOrDefault(group => group.Count() > 1) is { } twice) throw new InvalidDataException($"{name}'s window showed message {twice.Key} more than once.");
    }

    private static bool Shows(ChatProcess process, string text) => process.Lines.Any(line => IsMessage(line, text));

    private static bool IsMessage(string line, string text) => line.StartsWith("message ", StringComparison.Ordinal) && line.EndsWith(' ' + text, StringComparison.Ordinal);

    private static async Task<string> WaitAsync(ChatProcess process, Func<string, bool> fits, string what)
    {
        using var patience = new CancellationTokenSource(s_patience);
        return await process.WaitForAsync(fits, patience.Token, what);
    }

    private ChatProcess Start(string name, params IEnumerable<string> arguments) =>
        ChatProcess.Start([.. arguments, "--plain", "--profile", name, "--data-dir", _directory, "--signal", _signal]);

    private static readonly string[] s_names = ["alice", "bob", "carol", "dave"];
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
}
