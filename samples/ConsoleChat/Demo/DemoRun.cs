using System.Diagnostics;
using System.Text.Json;
using BerOfChat;

namespace ConsoleChat.Demo;

/// <summary>Two people in one process: 100 messages each way, with one of them torn down in the middle, counted from the two files afterwards.</summary>
internal static class DemoRun
{
    public static async Task<int> RunAsync(bool json, bool keep, CancellationToken cancellationToken)
    {
        string directory = Directory.CreateTempSubdirectory("berofchat-demo-").FullName;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            DemoResult result = await RunAsync(directory, patience.Token);
            Console.WriteLine();
            Console.WriteLine($"{result.Messages} messages, {result.Lost} lost, {result.Duplicated} duplicated; connected in {result.ConnectMs} ms, median latency {result.MedianLatencyUs} µs, "
                + $"{result.LocalCandidate} to {result.RemoteCandidate} over {result.CipherSuite}.");
            if (keep) Console.WriteLine($"The databases are in {directory}.");
            if (json) Console.WriteLine(JsonSerializer.Serialize(result, JsonSerializerOptions.Web));
            return result is { Messages: 2 * MessagesEach, Lost: 0, Duplicated: 0 } ? 0 : 1;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"The demo did not end within {s_patience.TotalSeconds:0} seconds.");
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

    private static async Task<DemoResult> RunAsync(string directory, CancellationToken cancellationToken)
    {
        var timeline = new Timeline();
        await using EmbeddedSignaling signaling = await EmbeddedSignaling.StartAsync(null, withPrivateAddresses: false, cancellationToken);
        var alice = new DemoPerson("alice", directory, signaling.Addresses[0]);
        var bob = new DemoPerson("bob", directory, signaling.Addresses[0]);
        await using (alice)
        await using (bob)
        {
            await alice.OpenAsync(cancellationToken);
            BerOfChatClient bobsClient = await bob.OpenAsync(cancellationToken);
            alice.Enter(await alice.Client.CreateRoomAsync("demo", cancellationToken));
            RoomInvite invite = await alice.Room.CreateInviteAsync(cancellationToken: cancellationToken);
            timeline.Mark("both profiles are open, the room and the invitation are durable");

            bobsClient.ConnectionProgress += timeline.Report;
            long start = Stopwatch.GetTimestamp();
            var connected = new TaskCompletionSource<TimeSpan>();
            bobsClient.ConnectionProgress += (_, e) =>
            {
                if (e.Stage == ConnectionStage.Session) connected.TrySetResult(Stopwatch.GetElapsedTime(start));
            };
            bob.Enter(await bobsClient.JoinRoomAsync(invite, cancellationToken));
            TimeSpan connectTime = await connected.Task.WaitAsync(cancellationToken);
            timeline.Mark("bob has joined");

            List<TimeSpan> latencies = [];
            for (int i = 1; i <= MessagesEach / 2; i++)
            {
                latencies.Add(await alice.TellAsync(bob, i, cancellationToken));
                if (i == 1) timeline.Mark("first message");
                latencies.Add(await bob.TellAsync(alice, i, cancellationToken));
            }

            PeerLinkStatistics link = bob.Client.GetConnections()[0].Statistics.Link;
            await bob.CloseAsync();
            timeline.Mark("cut: bob is torn down; alice goes on writing");
            for (int i = (MessagesEach / 2) + 1; i <= MessagesEach; i++) await alice.WriteAsync(i, cancellationToken);
            await bob.OpenAsync(cancellationToken);
            bob.Client.ConnectionProgress += timeline.Report;
            for (int i = (MessagesEach / 2) + 1; i <= MessagesEach; i++) await bob.WriteAsync(i, cancellationToken);
            await bob.WaitForAsync(alice, MessagesEach, cancellationToken);
            timeline.Mark("restored: bob has what alice wrote meanwhile");
            await alice.WaitForAsync(bob, MessagesEach, cancellationToken);
            timeline.Mark("parity: both have everything");

            latencies.Sort();
            await bob.CloseAsync();
            await alice.CloseAsync();
            (int messages, int lost, int duplicated) = await DemoCount.CountAsync(alice, bob, MessagesEach, cancellationToken);
            timeline.Mark("counted from the two files");
            return new DemoResult(
                messages, lost, duplicated, (int)connectTime.TotalMilliseconds, (int)latencies[latencies.Count / 2].TotalMicroseconds,
                link.LocalCandidateType ?? "", link.RemoteCandidateType ?? "", link.CipherSuite ?? "");
        }
    }

    private const int MessagesEach = 100;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
}
