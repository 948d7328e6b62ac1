using System.Net;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>What is left of connections that are gone. It counts what the whole process holds, so nothing else runs meanwhile.</summary>
[Collection(AloneDefinition.Name)]
public sealed class LeakTests
{
    private const string LongRun = "BEROFCHAT_LONG";
    private static readonly PeerConnectionOptions s_loopback = new() { BindAddresses = [IPAddress.Loopback] };

    [Fact]
    public async Task Opening_and_closing_again_and_again_leaves_threads_handles_and_memory_flat()
    {
        int cycles = Environment.GetEnvironmentVariable(LongRun) == "1" ? 10_000 : 500;
        await CycleAsync(cycles / 5);
        Usage before = await Usage.MeasureAsync();
        await CycleAsync(cycles);
        Usage after = await Usage.MeasureAsync();
        Assert.True(after.Handles <= before.Handles + 4, $"{cycles} cycles: {before} became {after}");
        Assert.True(after.LoopThreads <= before.LoopThreads && after.HandshakeThreads <= 32, $"{cycles} cycles: {before} became {after}");
        // One connection holds more than 8 KiB: were only a tenth of them kept, this would show it.
        Assert.True(after.Bytes <= before.Bytes + (cycles * 800) + 1_000_000, $"{cycles} cycles: {before} became {after}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{cycles} cycles: {before} became {after}");

        static async Task CycleAsync(int count)
        {
            // Two at a time, for the handshake leaves a processor idle.
            await Task.WhenAll(Enumerable.Range(0, 2).Select(async worker =>
            {
                for (int i = worker; i < count; i += 2)
                {
                    await using ConnectedPair pair = await ConnectedPair.OpenAsync(s_loopback);
                    await pair.A.SendAsync("x", pair.Token);
                    await foreach (DataChannelMessage _ in pair.B.ReadAllAsync(pair.Token)) break;
                    if (i % 3 == 0) await pair.Answerer.CloseAsync(pair.Token);
                }
            }));
        }
    }

    /// <summary>What this process holds, seen from outside of the stack.</summary>
    private sealed record Usage(int Handles, int LoopThreads, int HandshakeThreads, long Bytes)
    {
        public static async Task<Usage> MeasureAsync()
        {
            // What was disposed may still be on its way out of the thread pool.
            for (int i = 0; i < 20; i++)
            {
                await Task.Yield();
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            string[] threads = OperatingSystem.IsLinux() ? [.. Directory.GetDirectories("/proc/self/task").Select(NameOf)] : [];
            int handles = OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : 0;
            return new Usage(handles, threads.Count(t => t.StartsWith("BerOfChat WebRT", StringComparison.Ordinal)), threads.Count(t => t.StartsWith("BerOfChat DTLS", StringComparison.Ordinal)), GC.GetTotalMemory(forceFullCollection: true));
        }

        private static string NameOf(string task)
        {
            try
            {
                return File.ReadAllText(Path.Combine(task, "comm"));
            }
            catch (IOException)
            {
                return "";
            }
        }
    }
}

/// <summary>Tests that no other test may run beside.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneDefinition
{
    public const string Name = "Alone";
}
