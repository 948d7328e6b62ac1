using System.CommandLine;
using BerOfChat;
using ConsoleChat.Demo;

namespace ConsoleChat;

/// <summary>The command line: chat, join, demo.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        Option<string> profile = new("--profile") { Description = "Which profile to open or create; each is a person of its own.", DefaultValueFactory = _ => "default", Recursive = true };
        Option<DirectoryInfo?> dataDirectory = new("--data-dir") { Description = "Where profiles are kept. The default is this user's application data.", Recursive = true };
        Option<FileInfo?> passwordFile = new("--password-file") { Description = "Take the password from the first line of this file instead of asking.", Recursive = true };
        Option<bool> plain = new("--plain") { Description = "For scripts: read lines from standard input, write one line for each event to standard output (see the README).", Recursive = true };
        Option<string?> signal = new("--signal") { Description = "Use this signaling server (wss://… or a private ws://…) instead of one inside this program.", Recursive = true };
        Option<int?> listen = new("--listen") { Description = "The port of the signaling endpoint inside this program. The default stays with the profile." };
        Option<bool> json = new("--json") { Description = "End with one line of JSON." };
        Option<bool> keep = new("--keep") { Description = "Keep the two databases and say where they are." };
        Argument<string> invite = new("invite") { Description = "The invitation that the other side shows: berofchat:join#…" };

        var root = new RootCommand("Two people chat, peer to peer and end to end encrypted. Without a command: opens a room, shows an invitation and waits.")
        {
            profile, dataDirectory, passwordFile, plain, signal, listen,
        };
        Command join = new("join", "Joins the room of an invitation.") { invite };
        Command demo = new("demo", "Lets two people chat in this process, over real sockets and two database files, and checks that nothing is lost.") { json, keep };
        root.Add(join);
        root.Add(demo);

        ChatSettings Settings(ParseResult result, string? text) => new(
            result.GetValue(profile)!, result.GetValue(dataDirectory)?.FullName, result.GetValue(passwordFile)?.FullName,
            result.GetValue(plain), ToAddress(result.GetValue(signal)), text is null ? result.GetValue(listen) : null, text);

        root.SetAction((result, cancellationToken) =>
        {
            if (!result.GetValue(plain) && Console.IsInputRedirected)
            {
                Console.WriteLine("Standard input is no terminal, so this is the demo. (A script that wants to chat uses --plain.)");
                return DemoRun.RunAsync(json: false, keep: false, cancellationToken);
            }

            return ReportAsync(() => Chat.RunAsync(Settings(result, null), cancellationToken));
        });
        join.SetAction((result, cancellationToken) => ReportAsync(() => Chat.RunAsync(Settings(result, result.GetValue(invite)), cancellationToken)));
        demo.SetAction((result, cancellationToken) => DemoRun.RunAsync(result.GetValue(json), result.GetValue(keep), cancellationToken));
        return await root.Parse(arguments).InvokeAsync().ConfigureAwait(false);
    }

    private static Uri? ToAddress(string? text) =>
        text is null ? null
        : Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is ("ws" or "wss") ? address
        : throw new ArgumentException("--signal takes an address that begins with wss:// or ws://, such as wss://signal.example/berofchat.");

    /// <summary>Turns what may go wrong into one line and an exit code.</summary>
    private static async Task<int> ReportAsync(Func<Task> run)
    {
        try
        {
            await run().ConfigureAwait(false);
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (BerOfChatException e) when (e.ErrorCode == BerOfChatErrorCode.StoreLocked)
        {
            await Console.Error.WriteLineAsync($"{e.Message} For a second person on this machine: --profile bob").ConfigureAwait(false);
            return 2;
        }
        catch (Exception e) when (e is BerOfChatException or IOException or ArgumentException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 1;
        }
    }
}
