namespace BerOfChat.EndToEnd;

/// <summary>Two processes without any server: this test carries the codes.</summary>
public sealed class ManualTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("berofchat-manual-").FullName;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(8));

    private CancellationToken Token => _patience.Token;

    public void Dispose()
    {
        _patience.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Two_codes_connect_two_processes_and_again_after_a_restart()
    {
        string code;
        await using (ChatProcess alice = Start("alice", "--manual"))
        {
            code = await CodeAsync(alice, "code");
            await using ChatProcess bob = Start("bob", "join", code);
            alice.Type(await CodeAsync(bob, "answer"));
            await bob.WaitForAsync(line => line.StartsWith("ready", StringComparison.Ordinal), Token);
            alice.Type("by two codes");
            await SeesAsync(bob, "by two codes");
            await bob.KillAsync();
            alice.Type("while bob is gone");
            await SeesAsync(alice, "while bob is gone");
            alice.Type("/quit");
            Assert.Equal(0, await alice.WaitForExitAsync(Token));
            Assert.DoesNotContain(alice.Lines, line => line.StartsWith("signaling ", StringComparison.Ordinal));
        }

        // Now the other one begins, and the codes go the other way.
        await using ChatProcess bobAgain = Start("bob", "--manual");
        string second = await CodeAsync(bobAgain, "code");
        await using ChatProcess aliceAgain = Start("alice", "--manual");
        await CodeAsync(aliceAgain, "code");
        aliceAgain.Type(second);
        bobAgain.Type(await CodeAsync(aliceAgain, "answer"));
        await SeesAsync(bobAgain, "while bob is gone");
        bobAgain.Type("again");
        await SeesAsync(aliceAgain, "again");
    }

    [Fact]
    public async Task A_wrong_code_is_named_and_the_right_one_still_works()
    {
        await using ChatProcess alice = Start("alice", "--manual");
        string code = await CodeAsync(alice, "code");
        string[] wrong = [code, "berofchat:answer#AAAA", "berofchat:nonsense", $"{code[..^4]}AAAA"];
        for (int i = 0; i < wrong.Length; i++)
        {
            alice.Type(wrong[i]);
            string error = await alice.WaitForNthAsync(i + 1, line => line.StartsWith("error ", StringComparison.Ordinal), Token);
            Assert.True(error.Length > 40 && !error.Contains("Exception", StringComparison.Ordinal), error);
        }

        await using ChatProcess bob = Start("bob", "join", code);
        alice.Type(await CodeAsync(bob, "answer"));
        await bob.WaitForAsync(line => line.StartsWith("ready", StringComparison.Ordinal), Token);

        // An invitation link where a code belongs, and a code that is none.
        foreach (string text in new[] { "berofchat:join#AQAn2rBW", "hello" })
        {
            await using ChatProcess carol = Start("carol", "join", text, "--manual");
            Assert.Equal(1, await carol.WaitForExitAsync(Token));
            Assert.Single(carol.Errors.Trim().Split('\n'));
        }
    }

    private async Task<string> CodeAsync(ChatProcess process, string kind) =>
        (await process.WaitForAsync(line => line.StartsWith($"{kind} berofchat:", StringComparison.Ordinal), Token, kind))[(kind.Length + 1)..];

    private async Task SeesAsync(ChatProcess process, string text) =>
        await process.WaitForAsync(line => line.StartsWith("message ", StringComparison.Ordinal) && line.EndsWith(' ' + text, StringComparison.Ordinal), Token, text);

    private ChatProcess Start(string profile, params IEnumerable<string> arguments) =>
        ChatProcess.Start([.. arguments, "--plain", "--profile", profile, "--data-dir", _directory]);
}
