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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Messages_of_mixed_sizes_have_half_of_the_range_on_average(int processes)
    {
        JsonElement report = await RunAsync("throughput", "--size", "50", "--to-size", "1500", "--seconds", "0.3", "--warm-up", "0.1", "--processes", $"{processes}");
        Assert.Equal((50, 1500), (report.GetProperty("size").GetInt32(), report.GetProperty("toSize").GetInt32()));
        double bytes = report.GetProperty("MBps").GetDouble() * 1e6 * report.GetProperty("seconds").GetDouble();
        Assert.InRange(bytes / report.GetProperty("messages").GetInt64(), 700, 850);
    }

    [Fact]
    public async Task The_sender_of_two_processes_can_be_started_by_another_program_at_another_address()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Only Linux has a whole network of loopback addresses, and env.");
        JsonElement report = await RunAsync(
            "throughput", "--seconds", "0.3", "--warm-up", "0.1", "--processes", "2", "--address", "127.0.0.2", "--sender-address", "127.0.0.3", "--sender-launcher", "env A=1");
        Assert.InRange(report.GetProperty("messages").GetInt64(), 1, long.MaxValue);
    }

    [Theory]
    [InlineData]
    [InlineData("--pause", "5")]
    [InlineData("--bulk", "16384")]
    public async Task Latency_gives_the_median_and_the_hundredth_slowest(params string[] options)
    {
        JsonElement report = await RunAsync(["latency", "--count", "100", .. options]);
        Assert.Equal(100, report.GetProperty("count").GetInt32());
        AssertPositive(report, "medianUs", "p99Us", "maxUs");
        Assert.True(report.GetProperty("medianUs").GetDouble() <= report.GetProperty("p99Us").GetDouble());
        Assert.Equal(options.Contains("--bulk"), report.TryGetProperty("bulkMBps", out JsonElement bulk) && bulk.GetDouble() > 0);
    }

    [Fact]
    public async Task Fairness_says_what_the_slowest_and_the_fastest_of_all_connections_get()
    {
        JsonElement report = await RunAsync("fairness", "--connections", "5", "--seconds", "0.5", "--warm-up", "0.2");
        Assert.Equal(5, report.GetProperty("connections").GetInt32());
        double slowest = report.GetProperty("slowestMBps").GetDouble(), fastest = report.GetProperty("fastestMBps").GetDouble();
        Assert.InRange(report.GetProperty("MBps").GetDouble(), 5 * slowest * 0.99, (5 * fastest * 1.01) + 0.01);
        Assert.Equal(slowest / fastest, report.GetProperty("slowestToFastest").GetDouble(), tolerance: 0.01);
    }

    [Fact]
    public async Task Storm_measures_an_established_connection_while_others_are_made()
    {
        JsonElement report = await RunAsync("storm", "--connections", "5", "--rounds", "2");
        Assert.Equal(5, report.GetProperty("connections").GetInt32());
        AssertPositive(report, "stormMs", "medianMs", "p99Ms", "longestMs", "worstMs");
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
    [InlineData("throughput", "--to-size", "10")]
    [InlineData("throughput", "--address", "nowhere")]
    [InlineData("latency", "--pause", "1001")]
    [InlineData("latency", "--bulk", "0")]
    [InlineData("fairness", "--connections", "0")]
    [InlineData("storm", "--rounds", "0")]
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
