using System.Diagnostics;
using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Peers;

namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>Round trips, one at a time: SendAsync here, ReadAllAsync and SendAsync there, ReadAllAsync here.</summary>
internal static class LatencyWorkload
{
    private const int WarmUp = 2_000;

    public static async Task<Report> RunAsync(int count, int size, CancellationToken cancellationToken)
    {
        (Peer near, Peer far) = await Peer.ConnectPairAsync(cancellationToken);
        await using Peer _ = near;
        await using Peer __ = far;
        Task echoing = EchoAsync(far.Channel, cancellationToken);

        double[] microseconds = new double[count];
        byte[] message = LoadMessage.Create(size);
        await using IAsyncEnumerator<DataChannelMessage> answers = near.Channel.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        for (int i = -WarmUp; i < count; i++)
        {
            ulong number = (ulong)(i + WarmUp);
            LoadMessage.Number(message, number);
            long begin = Stopwatch.GetTimestamp();
            await near.Channel.SendAsync(message, cancellationToken);
            if (!await answers.MoveNextAsync()) throw new MeasurementException("The connection has ended.");
            if (i >= 0) microseconds[i] = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
            if (!LoadMessage.Is(answers.Current.Payload.Span, size, number)) throw new MeasurementException($"Message {number} did not come back as it was sent.");
        }

        if (echoing.IsFaulted) await echoing;
        Quantiles quantiles = new(microseconds);
        return new Report("latency")
            .Add("size", size, 0, "bytes in a message")
            .Add("count", count, 0, "round trips measured")
            .Add("medianUs", quantiles.Median, 1, "microseconds there and back, median")
            .Add("p99Us", quantiles.P99, 1, "microseconds there and back, 99 of 100 take no longer");
    }

    private static async Task EchoAsync(DataChannel channel, CancellationToken cancellationToken)
    {
        await foreach (DataChannelMessage message in channel.ReadAllAsync(cancellationToken)) await channel.SendAsync(message.Payload, cancellationToken);
    }
}
