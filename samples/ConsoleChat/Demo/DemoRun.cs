using System.Text.Json;
using BerOfChat;

namespace ConsoleChat.Demo;

/// <summary>Runs the script, reports and judges.</summary>
internal static class DemoRun
{
    public const int FewestPeople = 2;
    public const int MostPeople = 8;

    /// <summary>Runs it.</summary>
    /// <param name="people">How many chat.</param>
    /// <param name="json">Whether to end with a line of JSON.</param>
    /// <param name="keep">Whether to keep the databases.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The exit code: 0 when nothing is lost and nothing is there twice.</returns>
    public static async Task<int> RunAsync(int people, bool json, bool keep, CancellationToken cancellationToken)
    {
        string directory = Directory.CreateTempSubdirectory("berofchat-demo-").FullName;
        TimeSpan patience = s_patience * people;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        try
        {
            Console.WriteLine($"{people} people, {DemoScript.MessagesEach} messages each, over real sockets. Each has a database file; signaling runs inside this program.\n");
            DemoResult result = await new DemoScript(directory, people).RunAsync(deadline.Token);
            Console.WriteLine();
            Report(result);
            if (keep) Console.WriteLine($"The databases are in {directory}.");
            if (json) Console.WriteLine(JsonSerializer.Serialize(result, JsonSerializerOptions.Web));
            return result is { Lost: 0, Duplicated: 0, SameOrder: true } && result.Messages == people * DemoScript.MessagesEach ? 0 : 1;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"The demo did not end within {patience.TotalSeconds:0} seconds. The last line above says how far it came; on a busy machine try again.");
            return 1;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped before the end; nothing was counted.");
            return 1;
        }
        catch (BerOfChatException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        finally
        {
            if (!keep) Directory.Delete(directory, recursive: true);
        }
    }

    private static void Report(DemoResult result)
    {
        foreach (DemoFile file in result.People)
            Console.WriteLine($"  {file.Name + ".db",-9} {file.Written,4} written, {file.Received,4} received, {file.Lost} lost, {file.Duplicated} duplicated");
        Console.WriteLine();
        Console.WriteLine($"{result.Messages} messages, {result.Lost} lost, {result.Duplicated} duplicated, {(result.SameOrder ? "the same order everywhere" : "NOT in the same order everywhere")}.");
        Console.WriteLine($"Connected in {result.ConnectMs} ms, median latency {result.MedianLatencyUs} µs, {result.LocalCandidate} to {result.RemoteCandidate} over {result.CipherSuite}.");
    }

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);
}
