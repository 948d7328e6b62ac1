using System.Diagnostics;
using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Peers;

namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>Round trips, one at a time: SendAsync here, ReadAllAsync and SendAsync there, ReadAllAsync here.</summary>
internal static class LatencyWorkload
{
    private const int WarmUp = 20_000;
    private const int WarmUpOfPaused = 100;
    private const int WarmUpBesideBulk = 500;

    /// <param name="count">How many round trips to measure.</param>
    /// <param name="size">Bytes of a message.</param>
    /// <param name="pause">How long to wait before each message, so that the cores fall asleep; zero for not at all.</param>
    /// <param name="bulkSize">Bytes of the messages that another channel of the connection carries meanwhile as fast as it may; null for none.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public static async Task<Report> RunAsync(int count, int size, TimeSpan pause, int? bulkSize, CancellationToken cancellationToken)
    {
        (Peer near, Peer far) = await Peer.ConnectPairAsync(cancellationToken);
        await using Peer _ = near;
        await using Peer __ = far;
        await using BulkStream? bulk = bulkSize is { } bytes ? await BulkStream.StartAsync(near, far, new MessageSizes(bytes), cancellationToken) : null;
        Task echoing = EchoAsync(far.Channel, cancellationToken);

        double[] microseconds = new double[count];
        byte[] message = LoadMessage.Create(size);
        await using IAsyncEnumerator<DataChannelMessage> answers = near.Channel.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        int warmUp = pause > TimeSpan.Zero ? WarmUpOfPaused : bulk is not null ? WarmUpBesideBulk : WarmUp;
        for (int i = -warmUp; i < count; i++)
        {
            if (i == 0) bulk?.BeginMeasuring();
            ulong number = (ulong)(i + warmUp);
            LoadMessage.Number(message, number);
            if (pause > TimeSpan.Zero) await Task.Delay(pause, cancellationToken);
            long begin = Stopwatch.GetTimestamp();
            await near.Channel.SendAsync(message, cancellationToken);
            if (!await answers.MoveNextAsync()) throw new MeasurementException("The connection has ended.");
            if (i >= 0) microseconds[i] = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
            if (!LoadMessage.Is(answers.Current.Payload.Span, size, number)) throw new MeasurementException($"Message {number} did not come back as it was sent.");
        }

        double? bulkRate = bulk?.EndMeasuring();
        if (echoing.IsFaulted) await echoing;
        Quantiles quantiles = new(microseconds);
        Report report = new Report("latency")
            .Add("size", size, 0, "bytes in a message")
            .Add("count", count, 0, "round trips measured")
            .Add("medianUs", quantiles.Median, 1, "microseconds there and back, median")
            .Add("p99Us", quantiles.P99, 1, "microseconds there and back, 99 of 100 take no longer")
            .Add("maxUs", quantiles.Max, 1, "microseconds there and back, the slowest");
        return bulkRate is { } rate ? report.Add("bulkMBps", rate, 2, "MB per second on the other channel meanwhile") : report;
    }

    private static async Task EchoAsync(DataChannel channel, CancellationToken cancellationToken)
    {
        await foreach (DataChannelMessage message in channel.ReadAllAsync(cancellationToken)) await channel.SendAsync(message.Payload, cancellationToken);
    }
}
