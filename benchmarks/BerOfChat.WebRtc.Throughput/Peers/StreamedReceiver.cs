using System.Net;
using System.Text.Json;
using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Workloads;

namespace BerOfChat.WebRtc.Throughput.Peers;

/// <summary>A receiver for a sender that is another program, told what to do over its standard streams.</summary>
internal static class StreamedReceiver
{
    public const string Verb = "receiver";

    public static async Task ServeAsync(IPAddress address, MessageSizes sizes, TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        SignalingStream stream = new(input, output);
        await using Peer peer = await Peer.AnswerAsync(address, stream.Send, stream.Received, cancellationToken);
        Reception reception = new(peer.Channel, sizes);
        Task receiving = reception.RunAsync(cancellationToken);
        await foreach (SignalingMessage message in stream.Received.ReadAllAsync(cancellationToken))
        {
            if (receiving.IsFaulted) await receiving;
            if (message.Kind == SignalingKind.Measure) stream.Send(new SignalingMessage(SignalingKind.Usage, JsonSerializer.Serialize(new Reading(reception.Messages, ProcessUsage.Now.CpuSeconds))));
        }
    }

    private sealed record Reading(ulong Messages, double CpuSeconds);
}
