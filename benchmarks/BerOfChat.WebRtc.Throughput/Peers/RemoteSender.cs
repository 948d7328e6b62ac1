using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Workloads;

namespace BerOfChat.WebRtc.Throughput.Peers;

/// <summary>A sender in a process of its own, told what to do over its standard streams.</summary>
internal sealed class RemoteSender : ISender
{
    public const string Verb = "sender";

    private readonly Process _process;
    private readonly SignalingStream _stream;

    private RemoteSender(Process process)
    {
        _process = process;
        _stream = new SignalingStream(process.StandardOutput, process.StandardInput);
    }

    /// <summary>Starts the process and connects to it; this process is the receiver.</summary>
    public static async Task<(RemoteSender Sender, Peer Receiver)> ConnectAsync(SecondProcess second, MessageSizes sizes, CancellationToken cancellationToken)
    {
        List<string> command = [.. second.Launcher, Environment.ProcessPath!];
        // Started as "dotnet x.dll", the process is dotnet and needs the assembly again.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") command.Add(typeof(RemoteSender).Assembly.Location);
        command.AddRange([Verb, sizes.Least.ToString(CultureInfo.InvariantCulture), sizes.Most.ToString(CultureInfo.InvariantCulture), "--address", second.Address.ToString()]);
        if (AppContext.TryGetSwitch(Program.PlainSwitch, out bool isPlain) && isPlain) command.Add(Program.Plain);
        ProcessStartInfo start = new(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true };
        RemoteSender sender = new(Process.Start(start) ?? throw new MeasurementException("The second process could not be started."));
        Peer receiver = await Peer.AnswerAsync(second.ReceiverAddress, sender._stream.Send, sender._stream.Received, cancellationToken);
        return (sender, receiver);
    }

    /// <summary>What the second process runs.</summary>
    public static async Task ServeAsync(IPAddress address, MessageSizes sizes, TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        SignalingStream stream = new(input, output);
        Peer peer = await Peer.OfferAsync(address, stream.Send, stream.Received, cancellationToken);
        await using LocalSender sender = new(peer, sizes);
        await foreach (SignalingMessage message in stream.Received.ReadAllAsync(cancellationToken))
        {
            switch (message.Kind)
            {
                case SignalingKind.Start:
                    sender.Start();
                    break;
                case SignalingKind.Measure:
                    stream.Send(new SignalingMessage(SignalingKind.Usage, JsonSerializer.Serialize(ProcessUsage.Now)));
                    break;
                case SignalingKind.Stop:
                    ulong sent = await sender.StopAsync(cancellationToken);
                    stream.Send(new SignalingMessage(SignalingKind.Sent, sent.ToString(CultureInfo.InvariantCulture)));
                    break;
            }
        }
    }

    public void Start() => _stream.Send(new SignalingMessage(SignalingKind.Start));

    public async Task<ProcessUsage> MeasureAsync(CancellationToken cancellationToken) =>
        JsonSerializer.Deserialize<ProcessUsage>(await AskAsync(SignalingKind.Measure, SignalingKind.Usage, cancellationToken));

    public async Task<ulong> StopAsync(CancellationToken cancellationToken) =>
        ulong.Parse(await AskAsync(SignalingKind.Stop, SignalingKind.Sent, cancellationToken), CultureInfo.InvariantCulture);

    /// <summary>The process ends when its input does; if it hangs, it is ended.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(5));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task<string> AskAsync(SignalingKind question, SignalingKind answer, CancellationToken cancellationToken)
    {
        _stream.Send(new SignalingMessage(question));
        try
        {
            while (true)
            {
                SignalingMessage message = await _stream.Received.ReadAsync(cancellationToken);
                if (message.Kind == answer) return message.Text;
            }
        }
        catch (ChannelClosedException)
        {
            throw new MeasurementException("The sending process has ended.");
        }
    }
}
