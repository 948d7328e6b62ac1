using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ConsoleChat;

/// <summary>Help that ends with examples.</summary>
internal sealed class Examples(HelpAction help, IReadOnlyDictionary<Command, string> examples) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        if (examples.TryGetValue(parseResult.CommandResult.Command, out string? text)) parseResult.InvocationConfiguration.Output.WriteLine($"Examples:\n{text}\n");
        return code;
    }

    /// <summary>Gives a command and those below it their examples.</summary>
    public static void AddTo(RootCommand root, IReadOnlyDictionary<Command, string> examples)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        option.Action = new Examples((HelpAction)option.Action!, examples);
    }

    /// <summary>What to paste in the repository to start this program.</summary>
    public const string Start = "dotnet run --project samples/ConsoleChat --";

    /// <summary>The same from another terminal, while this program runs.</summary>
    public const string StartAgain = "dotnet run --no-build --project samples/ConsoleChat --";

    public const string Root = $"""
          {Start}
              open a room and invite somebody
          {StartAgain} join "berofchat:join#…" --profile bob
              join it from a second terminal
          {Start} --profile bob
              open bob's room again
          {Start} --signal wss://signal.example/berofchat
              meet at a server of your own
          {Start} --manual
              meet by two codes, without any server
          {Start} demo
              watch people chat, and count the messages

        Exit codes:
          0 left as asked, 1 failed and said why, 2 the profile is open elsewhere
        """;

    public const string Join = $"""
          {StartAgain} join "berofchat:join#AQAn2rBW…" --profile bob
          {Start} --profile bob
              afterwards: opens the room again
        """;

    public const string Demo = $"""
          {Start} demo
          {Start} demo --people 4
              a room of four
          {Start} demo --json | tail -1
              one line for scripts
          {Start} demo --keep
              look at the databases yourself
        """;
}
