using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Numerics;
using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Peers;
using BerOfChat.WebRtc.Throughput.Workloads;

namespace BerOfChat.WebRtc.Throughput;

/// <summary>The command line: throughput, latency, fairness, setup, storm, idle.</summary>
internal static class Program
{
    private const int DefaultSize = 65_536;
    internal const string Plain = "--plain";
    internal const string PlainSwitch = "BerOfChat.WebRtc.UsePlainSockets";

    public static async Task<int> Main(string[] arguments)
    {
        // Before anything is made: loops and sockets are chosen once.
        if (arguments.Contains(Plain)) AppContext.SetSwitch(PlainSwitch, true);
        Option<bool> plain = new(Plain) { Description = "Use nothing but the sockets of .NET: one datagram per call, no offload.", Recursive = true };
        Option<bool> json = new("--json") { Description = "Write exactly one line of JSON and nothing else.", Recursive = true };
        var root = new RootCommand("Measures data channels of BerOfChat.WebRtc between two peers on loopback, by its public API only. MB is 10^6 bytes, GB 10^9.")
        {
            json, plain, Throughput(json), Latency(json), Fairness(json), Setup(json), Storm(json), Idle(json), SenderOfTwoProcesses(), ReceiverOfTwoProcesses(),
        };
        return await root.Parse(arguments).InvokeAsync();
    }

    private static Command Throughput(Option<bool> json)
    {
        Option<int> size = Within(new Option<int>("--size") { Description = "Bytes of a message, 1 to 262144.", DefaultValueFactory = _ => DefaultSize }, 1, LoadMessage.MaxSize);
        Option<int?> toSize = new("--to-size") { Description = "Sizes vary evenly from --size to this; without it all messages have --size bytes." };
        Option<double> seconds = Seconds();
        Option<double> warmUp = WarmUp();
        Option<int> processes = Within(new Option<int>("--processes") { Description = "1: both peers in this process. 2: the sender in a process of its own.", DefaultValueFactory = _ => 1 }, 1, 2);
        Option<IPAddress> address = Address("The local address to receive at.");
        Option<IPAddress> senderAddress = Address("With --processes 2: the local address of the sender.", "--sender-address");
        Option<string> launcher = new("--sender-launcher") { Description = "With --processes 2: what starts the sender, for instance \"ip netns exec other\".", DefaultValueFactory = _ => "" };
        Command command = new("throughput", "One peer sends as fast as it may on an ordered, reliable channel; the other receives, counts and checks.")
        {
            size, toSize, seconds, warmUp, processes, address, senderAddress, launcher,
        };
        command.Validators.Add(result =>
        {
            int least = result.GetValue(size) is > 0 and var given ? given : DefaultSize;    // a default is not there yet while options are checked
            if (result.GetValue(toSize) is { } most && (most < least || most > LoadMessage.MaxSize)) result.AddError($"--to-size takes a value from that of --size to {LoadMessage.MaxSize}.");
        });
        command.SetAction((result, token) => ReportAsync(result.GetValue(json), () => ThroughputWorkload.RunAsync(
            new MessageSizes(result.GetValue(size), result.GetValue(toSize) ?? result.GetValue(size)), TimeSpan.FromSeconds(result.GetValue(warmUp)), TimeSpan.FromSeconds(result.GetValue(seconds)),
            result.GetValue(processes) == 1 ? null : new SecondProcess(result.GetValue(senderAddress)!, result.GetValue(address)!, result.GetValue(launcher)!.Split(' ', StringSplitOptions.RemoveEmptyEntries)), token)));
        return command;
    }

    private static Command Latency(Option<bool> json)
    {
        Option<int> count = Within(new Option<int>("--count") { Description = "How many round trips to measure.", DefaultValueFactory = _ => 5_000 }, 1, 10_000_000);
        Option<int> size = Within(new Option<int>("--size") { Description = "Bytes of a message, 1 to 262144.", DefaultValueFactory = _ => 100 }, 1, LoadMessage.MaxSize);
        Option<int> pause = Within(new Option<int>("--pause") { Description = "Milliseconds to wait before each message, so that the cores fall asleep; 0 to 1000." }, 0, 1000);
        Option<int?> bulk = new("--bulk") { Description = "Meanwhile messages of so many bytes go as fast as they may on another channel of the connection, 1 to 262144." };
        bulk.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > LoadMessage.MaxSize) result.AddError($"--bulk takes a value from 1 to {LoadMessage.MaxSize}.");
        });
        Command command = new("latency", "One message at a time goes there and back: round trips as an application sees them.") { count, size, pause, bulk };
        command.SetAction((result, token) => ReportAsync(result.GetValue(json), () => LatencyWorkload.RunAsync(
            result.GetValue(count), result.GetValue(size), TimeSpan.FromMilliseconds(result.GetValue(pause)), result.GetValue(bulk), token)));
        return command;
    }

    private static Command Fairness(Option<bool> json)
    {
        Option<int> connections = Within(new Option<int>("--connections") { Description = "How many connections send at once.", DefaultValueFactory = _ => 100 }, 1, 1_000);
        Option<int> size = Within(new Option<int>("--size") { Description = "Bytes of a message, 1 to 262144.", DefaultValueFactory = _ => 16_384 }, 1, LoadMessage.MaxSize);
        Option<double> seconds = Seconds();
        Option<double> warmUp = WarmUp(seconds: 5);
        Command command = new("fairness", "Many connections of one process send as fast as they may: what the slowest and the fastest get.") { connections, size, seconds, warmUp };
        command.SetAction((result, token) => ReportAsync(result.GetValue(json), () => FairnessWorkload.RunAsync(
            result.GetValue(connections), result.GetValue(size), TimeSpan.FromSeconds(result.GetValue(warmUp)), TimeSpan.FromSeconds(result.GetValue(seconds)), token)));
        return command;
    }

    private static Command Setup(Option<bool> json)
    {
        Option<int> count = Within(new Option<int>("--count") { Description = "How many connections to make, one after the other.", DefaultValueFactory = _ => 50 }, 1, 100_000);
        Command command = new("setup", "From nothing to a data channel open on both sides; descriptions and candidates pass without delay.") { count };
        command.SetAction((result, token) => ReportAsync(result.GetValue(json), () => SetupWorkload.RunAsync(result.GetValue(count), token)));
        return command;
    }

    private static Command Storm(Option<bool> json)
    {
        Option<int> connections = Within(new Option<int>("--connections") { Description = "How many connections to make at once.", DefaultValueFactory = _ => 100 }, 1, 1_000);
        Option<int> rounds = Within(new Option<int>("--rounds") { Description = "How often.", DefaultValueFactory = _ => 20 }, 1, 1_000);
        Command command = new("storm", "How long an established connection waits while many others are made at once.") { connections, rounds };
        command.SetAction((result, token) => ReportAsync(result.GetValue(json), () => StormWorkload.RunAsync(result.GetValue(connections), result.GetValue(rounds), token)));
        return command;
    }

    private static Command Idle(Option<bool> json)
    {
        Option<int> pairs = Within(new Option<int>("--pairs") { Description = "How many connected pairs to hold.", DefaultValueFactory = _ => 50 }, 1, 10_000);
        Command command = new("idle", "What connected pairs that say nothing cost in memory.") { pairs };
        command.SetAction((result, token) => ReportAsync(result.GetValue(json), () => IdleWorkload.RunAsync(result.GetValue(pairs), token)));
        return command;
    }

    private static Command SenderOfTwoProcesses() => HalfOf(RemoteSender.Verb, RemoteSender.ServeAsync);

    private static Command ReceiverOfTwoProcesses() => HalfOf(StreamedReceiver.Verb, StreamedReceiver.ServeAsync);

    // What stands at the other end of the standard streams says what to do: the other half of throughput --processes 2, or the script that has started a browser.
    private static Command HalfOf(string verb, Func<IPAddress, MessageSizes, TextReader, TextWriter, CancellationToken, Task> serve)
    {
        Argument<int> size = new("size"), toSize = new("to-size");
        Option<IPAddress> address = Address("The local address.");
        Command command = new(verb, "One end of a throughput measurement.") { size, toSize, address };
        command.Hidden = true;
        command.SetAction((result, token) => serve(result.GetValue(address)!, new MessageSizes(result.GetValue(size), result.GetValue(toSize)), Console.In, Console.Out, token));
        return command;
    }

    private static Option<IPAddress> Address(string description, string name = "--address") => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => IPAddress.Loopback,
        CustomParser = result =>
        {
            if (IPAddress.TryParse(result.Tokens.Single().Value, out IPAddress? address)) return address;
            result.AddError($"{name} takes an IP address.");
            return null;
        },
    };

    private static Option<double> Seconds() => Within(new Option<double>("--seconds") { Description = "How long to measure.", DefaultValueFactory = _ => 5 }, 0.1, 3600);

    private static Option<double> WarmUp(double seconds = 2) => Within(new Option<double>("--warm-up") { Description = "How many seconds of load go before, unmeasured.", DefaultValueFactory = _ => seconds }, 0, 600);

    private static Option<T> Within<T>(Option<T> option, T least, T most) where T : struct, INumber<T>
    {
        option.Validators.Add(result =>
        {
            // What is no number at all gets the parser's own error.
            foreach (Token token in result.Tokens)
            {
                if (T.TryParse(token.Value, CultureInfo.InvariantCulture, out T value) && (value < least || value > most)) result.AddError($"{option.Name} takes a value from {least} to {most}.");
            }
        });
        return option;
    }

    private static async Task<int> ReportAsync(bool json, Func<Task<Report>> run)
    {
        try
        {
            Report report = await run();
            Console.WriteLine(json ? report.ToJson() : report.ToText());
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception e) when (e is WebRtcException or MeasurementException)
        {
            await Console.Error.WriteLineAsync($"The measurement failed: {e.Message}");
            return 1;
        }
    }
}
