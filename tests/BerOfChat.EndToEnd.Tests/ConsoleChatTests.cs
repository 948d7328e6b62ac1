using System.Text.Json;

namespace BerOfChat.EndToEnd;

/// <summary>Real processes, real sockets, real files.</summary>
public sealed class ConsoleChatTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("berofchat-e2e-").FullName;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(5));

    private CancellationToken Token => _patience.Token;

    public void Dispose()
    {
        _patience.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_demo_loses_and_doubles_nothing()
    {
        await using ChatProcess demo = ChatProcess.Start("demo", "--json");
        Assert.True(await demo.WaitForExitAsync(Token) == 0, string.Join('\n', demo.Lines) + demo.Errors);
        JsonElement result = JsonDocument.Parse(await demo.WaitForAsync(line => line.StartsWith('{'), Token)).RootElement;
        Assert.Equal((200, 0, 0), (result.GetProperty("messages").GetInt32(), result.GetProperty("lost").GetInt32(), result.GetProperty("duplicated").GetInt32()));
        Assert.Equal("host", result.GetProperty("localCandidate").GetString());
        Assert.StartsWith("TLS_ECDHE_ECDSA_WITH_AES_", result.GetProperty("cipherSuite").GetString(), StringComparison.Ordinal);
        string[] stages = ["signaling", "ICE", "DTLS", "session", "first message", "cut", "restored", "parity"];
        int at = -1;
        foreach (string stage in stages)
        {
            int next = demo.Lines.ToList().FindIndex(at + 1, line => line.Contains(stage, StringComparison.Ordinal));
            Assert.True(next > at, $"The timeline has no \"{stage}\" after line {at}:\n{string.Join('\n', demo.Lines)}");
            at = next;
        }
    }

    [Fact]
    public async Task A_demo_of_four_counts_each_persons_file()
    {
        await using ChatProcess demo = ChatProcess.Start("demo", "--people", "4", "--json");
        Assert.True(await demo.WaitForExitAsync(Token) == 0, string.Join('\n', demo.Lines) + demo.Errors);
        JsonElement result = JsonDocument.Parse(demo.Lines[^1]).RootElement;
        Assert.Equal((400, 0, 0), (result.GetProperty("messages").GetInt32(), result.GetProperty("lost").GetInt32(), result.GetProperty("duplicated").GetInt32()));
        Assert.True(result.GetProperty("sameOrder").GetBoolean());
        JsonElement[] people = [.. result.GetProperty("people").EnumerateArray()];
        Assert.Equal(["alice", "bob", "carol", "dave"], people.Select(person => person.GetProperty("name").GetString()));
        Assert.All(people, person => Assert.Equal((100, 300, 0, 0),
            (person.GetProperty("written").GetInt32(), person.GetProperty("received").GetInt32(), person.GetProperty("lost").GetInt32(), person.GetProperty("duplicated").GetInt32())));
        Assert.Contains(demo.Lines, line => line.Contains("6 sessions", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("demo", "--people", "9")]
    [InlineData("demo", "--people", "x")]
    [InlineData("--listen", "70000")]
    [InlineData("--listen", "abc")]
    [InlineData("--listen")]
    [InlineData("--profile", "bob")]
    [InlineData("--signal", "ws://127.0.0.1:9/x")]
    [InlineData("join", "berofchat:join#AAAA")]
    [InlineData("--signal", "signal.example", "--plain")]
    [InlineData("join", "--plain")]
    [InlineData("join", "nonsense", "--plain")]
    [InlineData("--profile", "a/b", "--plain")]
    [InlineData("--password-file", "no-such-file", "--plain")]
    [InlineData("chat")]
    public async Task A_mistyped_command_is_one_line_that_says_what_to_do(params string[] arguments)
    {
        await using ChatProcess process = ChatProcess.Start([.. arguments, .. arguments.Contains("--plain") ? new[] { "--data-dir", _directory } : []]);
        Assert.Equal(1, await process.WaitForExitAsync(Token));
        string error = Assert.Single(process.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.DoesNotContain("Exception", error, StringComparison.Ordinal);
        Assert.DoesNotContain(process.Lines, line => line.StartsWith("Usage", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(_directory, "*.db", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("join", "--help")]
    [InlineData("demo", "--help")]
    public async Task Help_ends_with_examples(params string[] arguments)
    {
        await using ChatProcess process = ChatProcess.Start(arguments);
        Assert.Equal(0, await process.WaitForExitAsync(Token));
        int examples = process.Lines.ToList().IndexOf("Examples:");
        Assert.True(examples > 0 && process.Lines[examples + 1].StartsWith("  dotnet run --", StringComparison.Ordinal), string.Join('\n', process.Lines));
    }

    [Fact]
    public async Task What_was_written_before_somebody_joined_is_not_for_them_and_not_marked_as_delivered()
    {
        await using ChatProcess alice = Start("alice");
        string ready = await alice.WaitForAsync(line => line.StartsWith("ready", StringComparison.Ordinal), Token);
        Assert.EndsWith("Who joins reads what is written from then on.", ready, StringComparison.Ordinal);
        alice.Type("before");
        string before = (await alice.WaitForAsync(line => line.StartsWith("sent ", StringComparison.Ordinal), Token)).Split(' ')[1];
        string invite = (await alice.WaitForAsync(line => line.StartsWith("invite ", StringComparison.Ordinal), Token))["invite ".Length..];
        await using ChatProcess bob = Start("bob", "join", invite);
        await bob.WaitForAsync(line => line.StartsWith("ready", StringComparison.Ordinal), Token);
        alice.Type("after");
        string after = (await alice.WaitForNthAsync(2, line => line.StartsWith("sent ", StringComparison.Ordinal), Token)).Split(' ')[1];
        await alice.WaitForAsync(line => line.StartsWith($"delivered {after} ", StringComparison.Ordinal), Token);
        await SeesAsync(bob, "after");
        Assert.DoesNotContain(alice.Lines, line => line.StartsWith($"delivered {before} ", StringComparison.Ordinal));
        Assert.DoesNotContain(bob.Lines, line => line.EndsWith(" before", StringComparison.Ordinal));
        alice.Type("/who x");
        await alice.WaitForAsync(line => line.StartsWith("error /who stands alone", StringComparison.Ordinal), Token);
    }

    [Fact]
    public async Task Killing_either_side_in_the_middle_loses_and_doubles_nothing()
    {
        ChatProcess alice = Start("alice");
        string invite = (await alice.WaitForAsync(line => line.StartsWith("invite ", StringComparison.Ordinal), Token))["invite ".Length..];
        ChatProcess bob = Start("bob", "join", invite);
        try
        {
            await bob.WaitForAsync(line => line.StartsWith("ready", StringComparison.Ordinal), Token);
            for (int i = 0; i < 10; i++)
            {
                alice.Type($"alice {i}");
                bob.Type($"bob {i}");
            }

            await SeesAsync(alice, "bob 9");
            await SeesAsync(bob, "alice 9");

            await bob.KillAsync();
            for (int i = 10; i < 20; i++) alice.Type($"alice {i}");
            await SeesAsync(alice, "alice 19");
            bob = Start("bob");
            await SeesAsync(bob, "alice 19");
            bob.Type("bob 10");
            await SeesAsync(alice, "bob 10");

            await alice.KillAsync();
            for (int i = 11; i < 20; i++) bob.Type($"bob {i}");
            await SeesAsync(bob, "bob 19");
            alice = Start("alice");
            await SeesAsync(alice, "bob 19");
            alice.Type("alice 20");
            await SeesAsync(bob, "alice 20");

            // It may reach Bob before Alice's own window shows it.
            await SeesAsync(alice, "alice 20");

            AssertShowsOnce(alice, 21, 20);
            AssertShowsOnce(bob, 21, 20);
            alice.Type("/quit");
            bob.EndInput();
            Assert.Equal(0, await alice.WaitForExitAsync(Token));
            Assert.Equal(0, await bob.WaitForExitAsync(Token));
        }
        finally
        {
            await alice.DisposeAsync();
            await bob.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_profile_in_use_is_named_and_another_one_proposed()
    {
        await using ChatProcess first = Start("alice");
        await first.WaitForAsync(line => line.StartsWith("ready", StringComparison.Ordinal), Token);
        await using ChatProcess second = Start("alice");
        Assert.NotEqual(0, await second.WaitForExitAsync(Token));
        Assert.Contains("--profile bob", second.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chat_can_use_a_signaling_server_of_somebody_else()
    {
        await using ChatProcess server = ChatProcess.StartSignalingServer();
        string line = await server.WaitForAsync(text => text.StartsWith("Clients: ", StringComparison.Ordinal), Token);
        string address = line[line.IndexOf("ws://", StringComparison.Ordinal)..];
        await using ChatProcess alice = Start("alice", "--signal", address);
        string invite = (await alice.WaitForAsync(text => text.StartsWith("invite ", StringComparison.Ordinal), Token))["invite ".Length..];
        await using ChatProcess bob = Start("bob", "join", invite);
        await bob.WaitForAsync(text => text.StartsWith("ready", StringComparison.Ordinal), Token);
        alice.Type("hello");
        await SeesAsync(bob, "hello");
    }

    [Fact]
    public async Task A_wrong_password_is_one_clear_line()
    {
        string right = Path.Combine(_directory, "right");
        string wrong = Path.Combine(_directory, "wrong");
        await File.WriteAllTextAsync(right, "correct horse\n");
        await File.WriteAllTextAsync(wrong, "battery staple\n");
        await using (ChatProcess first = Start("alice", "--password-file", right))
        {
            await first.WaitForAsync(line => line.StartsWith("ready", StringComparison.Ordinal), Token);
            first.Type("/quit");
            Assert.Equal(0, await first.WaitForExitAsync(Token));
        }

        await using ChatProcess second = Start("alice", "--password-file", wrong);
        Assert.Equal(1, await second.WaitForExitAsync(Token));
        Assert.Equal("The password does not open this profile. Nothing was changed.", second.Errors.Trim());
    }

    [Fact]
    public async Task Without_a_terminal_and_a_command_it_runs_the_demo_and_says_so()
    {
        await using ChatProcess demo = ChatProcess.Start();
        demo.EndInput();
        Assert.Equal(0, await demo.WaitForExitAsync(Token));
        Assert.Contains("demo", demo.Lines[0], StringComparison.Ordinal);
    }

    private async Task SeesAsync(ChatProcess process, string text) =>
        await process.WaitForAsync(line => line.StartsWith("message ", StringComparison.Ordinal) && line.EndsWith(' ' + text, StringComparison.Ordinal), Token, text);

    private static void AssertShowsOnce(ChatProcess process, int alices, int bobs)
    {
        string[] texts = [.. process.Lines.Where(line => line.StartsWith("message ", StringComparison.Ordinal)).Select(line => line.Split(' ', 4)[3])];
        IEnumerable<string> expected = Enumerable.Range(0, alices).Select(i => $"alice {i}").Concat(Enumerable.Range(0, bobs).Select(i => $"bob {i}"));
        Assert.Equal(expected.Order(StringComparer.Ordinal), texts.Order(StringComparer.Ordinal));
    }

    private ChatProcess Start(string profile, params IEnumerable<string> arguments) =>
        ChatProcess.Start([.. arguments, "--plain", "--profile", profile, "--data-dir", _directory]);
}
