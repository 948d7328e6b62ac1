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
        for (int time = 1; time <= 3; time++) await AnswerAsync(second, "Password of profile alice", "secret1", time);
        await second.WaitForAsync(line => line.Contains("does not open this profile", StringComparison.Ordinal), Token);
        await second.WaitForAsync(line => line.Contains("exit 1", StringComparison.Ordinal), Token);

        await using ChatProcess third = Start("alice");
        await AnswerAsync(third, "Password of profile alice", "");
        await AnswerAsync(third, "Password of profile alice", "secret3", time: 2);
        await third.WaitForAsync(line => line.Contains("Waiting for somebody", StringComparison.Ordinal), Token);
        Assert.DoesNotContain(third.Lines, line => line.Contains("no password", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_window_that_is_too_low_for_the_qr_code_is_told_how_to_see_it()
    {
        await using ChatProcess alice = Start("alice", rows: 30);
        await AnswerAsync(alice, "Choose a password", "");
        await alice.WaitForAsync(line => line.Contains("/qr draws it", StringComparison.Ordinal), Token);
        await alice.WaitForOutputAsync("> ", 1, Token);
        Assert.DoesNotContain(alice.Lines, line => line.Contains('█', StringComparison.Ordinal));
        alice.Press("/qr\r");
        await alice.WaitForAsync(line => line.Contains('█', StringComparison.Ordinal), Token);
        alice.Press("/help\r");
        string role = await alice.WaitForAsync(line => line.Contains("/role NAME admin", StringComparison.Ordinal), Token);
        string quit = await alice.WaitForAsync(line => line.Contains("/quit", StringComparison.Ordinal) && line.Contains("leave the program", StringComparison.Ordinal), Token);
        Assert.Equal(quit.IndexOf("leave the program", StringComparison.Ordinal), role.IndexOf("let somebody", StringComparison.Ordinal));
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

        // Who came was introduced before it was said to be here, and one's own leaving is not the others' absence.
        alice.Press("/quit\r");
        await alice.WaitForAsync(text => text.Contains("exit 0", StringComparison.Ordinal), Token);
        string[] lines = [.. alice.Lines];
        int joined = Array.FindIndex(lines, text => text.Contains(" has joined.", StringComparison.Ordinal));
        int here = Array.FindIndex(lines, text => text.Contains(" is here.", StringComparison.Ordinal));
        Assert.True(joined >= 0 && joined < here, string.Join('\n', lines));
        Assert.DoesNotContain(lines, text => text.Contains(" is away", StringComparison.Ordinal));

        await bob.KillAsync();
        await using ChatProcess again = Start("alice");
        await AnswerAsync(again, "Password of profile alice", "");
        await again.WaitForAsync(text => text.Contains($"Looking for {bob.NameOfSelf} …", StringComparison.Ordinal), Token);
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

    private ChatProcess Start(string profile, int rows = 50)
    {
        if (OperatingSystem.IsWindows() || !File.Exists("/usr/bin/script")) Assert.Skip("The program script (util-linux) is not installed.");
        return ChatProcess.StartInTerminal(rows, "--profile", profile, "--data-dir", _directory);
    }
}
