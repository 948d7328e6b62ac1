namespace BerOfChat.EndToEnd;

/// <summary>ConsoleChat as a person sees it: in a terminal that <c>script</c> makes.</summary>
public sealed class TerminalTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("berofchat-tty-").FullName;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(5));

    private CancellationToken Token => _patience.Token;

    public void Dispose()
    {
        _patience.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_password_is_chosen_twice_asked_for_and_never_shown()
    {
        await using (ChatProcess first = Start("alice"))
        {
            await AnswerAsync(first, "Choose a password", "secret1");
            await AnswerAsync(first, "Once more", "secret2");
            await AnswerAsync(first, "Choose a password", "secret3", time: 2);
            await AnswerAsync(first, "Once more", "secret3", time: 2);
            await first.WaitForAsync(line => line.Contains("Waiting for somebody", StringComparison.Ordinal), Token);
            first.Type("/quit");
            await first.WaitForAsync(line => line.Contains("exit 0", StringComparison.Ordinal), Token);
            Assert.DoesNotContain(first.Lines, line => line.Contains("secret", StringComparison.Ordinal));
            Assert.Contains(first.Lines, line => line.Contains("Good bye.", StringComparison.Ordinal));
        }

        await using ChatProcess second = Start("alice");
        await AnswerAsync(second, "Password of profile alice", "secret1");
        await second.WaitForAsync(line => line.Contains("does not open this profile", StringComparison.Ordinal), Token);
        await second.WaitForAsync(line => line.Contains("exit 1", StringComparison.Ordinal), Token);
    }

    [Fact]
    public async Task Control_c_leaves_from_a_question_and_from_a_chat_and_gives_the_terminal_back()
    {
        await using (ChatProcess asked = Start("alice"))
        {
            await asked.WaitForOutputAsync("Choose a password", 1, Token);
            asked.Press("\x3");
            await AssertGivesTheTerminalBackAsync(asked);
        }

        await using ChatProcess chatting = Start("alice");
        await AnswerAsync(chatting, "Choose a password", "");
        await chatting.WaitForAsync(line => line.Contains("only file permissions protect it.", StringComparison.Ordinal), Token);
        await chatting.WaitForAsync(line => line.Contains("Waiting for somebody", StringComparison.Ordinal), Token);
        await chatting.WaitForOutputAsync("> ", 1, Token);
        chatting.Press("half a line\x3");
        await AssertGivesTheTerminalBackAsync(chatting);
        Assert.Contains(chatting.Lines, line => line.Contains("Good bye.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_opens_a_profile_twice_is_told_before_a_password_is_asked_for()
    {
        await using ChatProcess first = Start("alice");
        await AnswerAsync(first, "Choose a password", "");
        await first.WaitForAsync(line => line.Contains("Waiting for somebody", StringComparison.Ordinal), Token);
        await using ChatProcess second = Start("alice");
        await second.WaitForAsync(line => line.Contains("--profile bob", StringComparison.Ordinal), Token);
        await second.WaitForAsync(line => line.Contains("exit 2", StringComparison.Ordinal), Token);
        Assert.DoesNotContain(second.Lines, line => line.Contains("Password", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_edit_the_line_and_a_mark_shows_that_it_has_arrived()
    {
        await using ChatProcess alice = Start("alice");
        await AnswerAsync(alice, "Choose a password", "");
        string line = await alice.WaitForAsync(text => text.Contains("  berofchat:join#", StringComparison.Ordinal), Token);
        await using ChatProcess bob = ChatProcess.Start("join", line.Trim(), "--plain", "--profile", "bob", "--data-dir", _directory);
        await bob.WaitForAsync(text => text.StartsWith("ready", StringComparison.Ordinal), Token);

        // Home, "w", Right, Delete, End, Backspace, "d!": from "ohrlx" to "world!" by way of "wohrlx", "worlx" and "worl".
        alice.Press("ohrlx\e[Hw\e[C\e[3~\e[F\x7f" + "d!\r");
        await bob.WaitForAsync(text => text.StartsWith("message ", StringComparison.Ordinal) && text.EndsWith(" world!", StringComparison.Ordinal), Token);

        // The sign of an emoji is one sign, and Backspace takes all of it.
        alice.Press("a😀\x7f" + "b\r");
        await bob.WaitForAsync(text => text.StartsWith("message ", StringComparison.Ordinal) && text.EndsWith(" ab", StringComparison.Ordinal), Token);
        await alice.WaitForOutputAsync("✓✓", 2, Token);
        bob.Type("\e]0;title\a\u202Egnp");
        await alice.WaitForAsync(text => text.Contains("]0;title  gnp", StringComparison.Ordinal), Token);
    }

    private async Task AssertGivesTheTerminalBackAsync(ChatProcess process)
    {
        await process.WaitForAsync(line => line.Contains("exit 0", StringComparison.Ordinal), Token);
        string modes = await process.WaitForAsync(line => line.Contains("echoe", StringComparison.Ordinal), Token);
        Assert.Contains(" echo ", modes, StringComparison.Ordinal);
    }

    private async Task AnswerAsync(ChatProcess process, string question, string answer, int time = 1)
    {
        await process.WaitForOutputAsync(question, time, Token);
        process.Press(answer + "\r");
    }

    private ChatProcess Start(string profile)
    {
        if (OperatingSystem.IsWindows() || !File.Exists("/usr/bin/script")) Assert.Skip("The program script (util-linux) is not installed.");
        return ChatProcess.StartInTerminal("--profile", profile, "--data-dir", _directory);
    }
}
