using System.Diagnostics;
using System.Text.Json;

namespace BerOfChat.EndToEnd;

/// <summary>The instrument runs and says what it promises. How fast anything is, is not asserted: only counts and the presence of figures.</summary>
public sealed class ThroughputToolTests
{
    [Theory]
    [InlineData(1, 65_536)]
    [InlineData(2, 65_536)]
    [InlineData(1, 1)]
    [InlineData(1, 65_536, "--plain")]
    [InlineData(2, 65_536, "--plain")]
    public async Task Throughput_receives_every_message_that_was_sent(int processes, int size, params string[] sockets)
    {
        JsonElement report = await RunAsync(["throughput", "--size", $"{size}", "--seconds", "0.3", "--warm-up", "0.1", "--processes", $"{processes}", .. sockets]);
        long measured = report.GetProperty("messages").GetInt64();
        Assert.InRange(measured, 1, report.GetProperty("totalMessages").GetInt64());
        Assert.Equal(size, report.GetProperty("size").GetInt32());
        Assert.Equal(processes, report.GetProperty("processes").GetInt32());

        // The rate is the count over the time, both in the same line.
        double rate = measured * size / report.GetProperty("seconds").GetDouble() / 1e6;
        Assert.Equal(rate, report.GetProperty("MBps").GetDouble(), tolerance: 0.01 + (rate * 0.01));
        AssertPositive(report, "cpuSecondsPerGB", "allocatedBytesPerMB");
    }

    [Fact]
    public async Task Latency_gives_the_median_and_the_hundredth_slowest()
    {
        JsonElement report = await RunAsync("latency", "--count", "100");
        Assert.Equal(100, report.GetProperty("count").GetInt32());
        AssertPositive(report, "medianUs", "p99Us");
        Assert.True(report.GetProperty("medianUs").GetDouble() <= report.GetProperty("p99Us").GetDouble());
    }

    [Fact]
    public async Task Setup_and_idle_connect_as_many_pairs_as_asked_for()
    {
        JsonElement setup = await RunAsync("setup", "--count", "2");
        Assert.Equal(2, setup.GetProperty("count").GetInt32());
        AssertPositive(setup, "medianMs", "p99Ms", "cpuMsPerSetup");

        JsonElement idle = await RunAsync("idle", "--pairs", "10");
        Assert.Equal(10, idle.GetProperty("pairs").GetInt32());
        Assert.True(idle.TryGetProperty("bytesPerIdlePair", out _));
        AssertPositive(idle, "managedBytesPerIdlePair");
    }

    [Theory]
    [InlineData("throughput", "--size", "262145")]
    [InlineData("throughput", "--seconds", "soon")]
    [InlineData("throughput", "--processes", "3")]
    [InlineData("idle", "--pairs", "0")]
    public async Task A_value_that_makes_no_sense_is_refused_by_the_option_s_name(params string[] arguments)
    {
        (int exitCode, string output, string errors) = await StartAsync(arguments);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(arguments[1], errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors + output, StringComparison.Ordinal);
    }

    private static void AssertPositive(JsonElement report, params string[] names) =>
        Assert.All(names, name => Assert.True(report.GetProperty(name).GetDouble() > 0, $"{name} is not there."));

    private static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        (int exitCode, string output, string errors) = await StartAsync([.. arguments, "--json"]);
        Assert.True(exitCode == 0, errors);
        string line = Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        JsonElement report = JsonDocument.Parse(line).RootElement;
        Assert.Equal(arguments[0], report.GetProperty("verb").GetString());
        return report;
    }

    private static async Task<(int ExitCode, string Output, string Errors)> StartAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "BerOfChat.WebRtc.Throughput.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(2));
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token), errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
