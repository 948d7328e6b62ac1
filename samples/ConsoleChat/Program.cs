using System.CommandLine;
using System.CommandLine.Invocation;
using BerOfChat;
using BerOfChat.WebRtc;
using ConsoleChat.Demo;

namespace ConsoleChat;

/// <summary>The command line: chat, join, demo.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        Option<string> profile = new("--profile") { Description = "Which profile to open or create; each is a person of its own.", HelpName = "NAME", DefaultValueFactory = _ => "default" };
        Option<DirectoryInfo?> dataDirectory = new("--data-dir") { Description = "Where profiles are kept. The default is this user's application data.", HelpName = "DIR" };
        Option<FileInfo?> passwordFile = new("--password-file") { Description = "Take the password from the first line of this file instead of asking.", HelpName = "FILE" };
        Option<bool> plain = new("--plain") { Description = "For scripts: read lines from standard input, write one line for each event (see the README)." };
        Option<string?> signal = new("--signal") { Description = "Use this signaling server (wss://… or a private ws://…) instead of the one inside this program.", HelpName = "URL" };
        Option<int?> listen = new("--listen") { Description = "The port of the signaling endpoint inside this program. The default is chosen once and stays with the profile.", HelpName = "PORT", CustomParser = result => Numbers.Parse(result, 1, ushort.MaxValue, "--listen takes a port from 1 to 65535.") };
        Option<bool> manual = new("--manual") { Description = "No server at all: this window shows a code, the other one answers with a code." };
        Option<string[]> ice = new("--ice") { Description = "A STUN or TURN server for devices behind different NATs, for example stun:stun.example or turn:turn.example. May be given several times.", HelpName = "URL" };
        Option<string?> iceUser = new("--ice-user") { Description = "The user name for the TURN servers.", HelpName = "NAME" };
        Option<FileInfo?> icePasswordFile = new("--ice-password-file") { Description = "The file whose first line is the password for the TURN servers.", HelpName = "FILE" };
        Option<bool> relayOnly = new("--relay-only") { Description = "Show the others no address but that of a TURN server." };
        Option<int> people = new("--people") { Description = $"How many people chat, {DemoRun.FewestPeople} to {DemoRun.MostPeople}.", HelpName = "N", DefaultValueFactory = _ => DemoRun.FewestPeople, CustomParser = result => Numbers.Parse(result, DemoRun.FewestPeople, DemoRun.MostPeople, $"--people takes a number from {DemoRun.FewestPeople} to {DemoRun.MostPeople}.") ?? 0 };
        Option<bool> json = new("--json") { Description = "End with one line of JSON." };
        Option<bool> keep = new("--keep") { Description = "Keep the databases and say where they are." };
        Argument<string> invite = new("invite") { Description = "What the other side shows: berofchat:join#…, or with --manual berofchat:offer#…" };
        var root = new RootCommand("People chat, device to device and end to end encrypted. Without a command: opens the profile's room, shows an invitation and waits.") { profile, dataDirectory, passwordFile, plain, signal, listen, manual, ice, iceUser, icePasswordFile, relayOnly };
        Command join = new("join", "Joins the room of an invitation, or answers a code of --manual. Whoever made it must be online.") { invite, profile, dataDirectory, passwordFile, plain, signal, manual, ice, iceUser, icePasswordFile, relayOnly };
        Command demo = new("demo", "Lets people chat in this process, over real sockets and database files, tears one of them down in the middle, and counts what the files hold.") { people, json, keep };
        root.Add(join);
        root.Add(demo);
        Examples.AddTo(root, new Dictionary<Command, string> { [root] = Examples.Root, [join] = Examples.Join, [demo] = Examples.Demo });

        ChatSettings Settings(ParseResult result, string? text) => new(
            result.GetValue(profile)!, result.GetValue(dataDirectory)?.FullName, result.GetValue(passwordFile)?.FullName,
            result.GetValue(plain), ToAddress(result.GetValue(signal)), text is null ? result.GetValue(listen) : null,
            result.GetValue(manual) || (text is not null && ManualMeeting.IsFirstCode(text)),
            ToServers(result.GetValue(ice) ?? [], result.GetValue(iceUser), result.GetValue(icePasswordFile), result.GetValue(relayOnly)), result.GetValue(relayOnly), text);

        root.SetAction((result, cancellationToken) =>
        {
            if (arguments.Length > 0 || !Console.IsInputRedirected) return ReportAsync(() => Chat.RunAsync(Settings(result, null), cancellationToken));
            Console.WriteLine("Standard input is no terminal, so this is the demo. (A script that wants to chat uses --plain.)");
            return DemoRun.RunAsync(DemoRun.FewestPeople, json: false, keep: false, cancellationToken);
        });
        join.SetAction((result, cancellationToken) => ReportAsync(() => Chat.RunAsync(Settings(result, result.GetValue(invite)), cancellationToken)));
        demo.SetAction((result, cancellationToken) => DemoRun.RunAsync(result.GetValue(people), result.GetValue(json), result.GetValue(keep), cancellationToken));

        // Leaving closes sessions and the store; on a busy machine that takes its time.
        var limit = TimeSpan.FromSeconds(15);
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null };
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Action is not ParseErrorAction)
        {
            using var interruption = new Interruption();
            return await interruption.WaitAsync(parsed.InvokeAsync(invocation, interruption.Token), limit).ConfigureAwait(false);
        }

        await Console.Error.WriteLineAsync($"{parsed.Errors[0].Message} {Examples.Start} --help shows what there is.").ConfigureAwait(false);
        return 1;
    }

    private static IReadOnlyList<IceServer> ToServers(string[] urls, string? user, FileInfo? passwordFile, bool isRelayOnly)
    {
        bool relays = urls.Any(url => url.StartsWith("turn", StringComparison.OrdinalIgnoreCase));
        if (isRelayOnly && !relays) throw new ArgumentException("--relay-only needs a TURN server, for example --ice turn:turn.example.");
        if (relays && (user is null || passwordFile is null)) throw new ArgumentException("A TURN server wants to know who uses it: add --ice-user NAME and --ice-password-file FILE.");
        return urls.Length == 0 ? [] : [new IceServer { Urls = urls, Username = user, Credential = passwordFile is null ? null : File.ReadLines(passwordFile.FullName).FirstOrDefault() }];
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
        catch (Exception e) when (e is BerOfChatException or IOException or ArgumentException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return e is BerOfChatException { ErrorCode: BerOfChatErrorCode.StoreLocked } ? 2 : 1;
        }
    }
}
