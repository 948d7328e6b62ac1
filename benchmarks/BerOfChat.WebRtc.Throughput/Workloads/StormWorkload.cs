using System.Diagnostics;
using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Peers;

namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>Round trips of an established connection, one at a time, while many others are made at once in the same process.</summary>
internal static class StormWorkload
{
    private const int MessageSize = 100;
    private const int WarmUpConnections = 100;

    public static async Task<Report> RunAsync(int connections, int rounds, CancellationToken cancellationToken)
    {
        (Peer near, Peer far) = await Peer.ConnectPairAsync(cancellationToken);
        await using Peer _ = near;
        await using Peer __ = far;
        Task echoing = EchoAsync(far.Channel, cancellationToken);
        await using IAsyncEnumerator<DataChannelMessage> answers = near.Channel.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);

        await MeasureAsync(near.Channel, answers, ConnectAsync(WarmUpConnections, cancellationToken), cancellationToken);
        List<double> longest = [], all = [], storms = [], hops = [];
        for (int round = 0; round < rounds; round++)
        {
            long begin = Stopwatch.GetTimestamp();
            Task storm = ConnectAsync(connections, cancellationToken);
            Task<double> hop = MeasureHopsAsync(storm);
            List<double> milliseconds = await MeasureAsync(near.Channel, answers, storm, cancellationToken);
            hops.Add(await hop);
            storms.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            longest.Add(milliseconds.Max());
            all.AddRange(milliseconds);
        }

        if (echoing.IsFaulted) await echoing;
        return new Report("storm")
            .Add("connections", connections, 0, "connections made at once, again and again")
            .Add("stormMs", new Quantiles(storms).Median, 1, "milliseconds until all are open and closed again, median")
            .Add("medianMs", new Quantiles(all).Median, 2, "milliseconds there and back on the established connection meanwhile, median")
            .Add("p99Ms", new Quantiles(all).P99, 2, "milliseconds there and back, 99 of 100 take no longer")
            .Add("longestMs", new Quantiles(longest).Median, 2, "milliseconds there and back, the longest of a round, median of the rounds")
            .Add("hopMs", new Quantiles(hops).Median, 2, "milliseconds that a mere hop to the thread pool takes meanwhile, the longest of a round, median of the rounds")
            .Add("worstMs", longest.Max(), 2, "milliseconds there and back, the longest of all");
    }

    private static async Task<List<double>> MeasureAsync(DataChannel channel, IAsyncEnumerator<DataChannelMessage> answers, Task storm, CancellationToken cancellationToken)
    {
        List<double> milliseconds = [];
        byte[] message = LoadMessage.Create(MessageSize);
        while (!storm.IsCompleted)
        {
            long begin = Stopwatch.GetTimestamp();
            await channel.SendAsync(message, cancellationToken);
            if (!await answers.MoveNextAsync()) throw new MeasurementException("The connection has ended.");
            milliseconds.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            await Task.Delay(1, cancellationToken);
        }

        await storm;
        return milliseconds;
    }

    // A round trip has four of them: what they take is the application's and the pool's, not the connection's.
    private static async Task<double> MeasureHopsAsync(Task storm)
    {
        double longest = 0;
        while (!storm.IsCompleted)
        {
            long begin = Stopwatch.GetTimestamp();
            TaskCompletionSource hop = new(TaskCreationOptions.RunContinuationsAsynchronously);
            // Behind all that the loops have queued, as the reader of a message is.
            ThreadPool.QueueUserWorkItem(static hop => hop.SetResult(), hop, preferLocal: false);
            await hop.Task;
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            await Task.Delay(1);
        }

        return longest;
    }

    private static async Task ConnectAsync(int connections, CancellationToken cancellationToken) =>
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            (Peer offerer, Peer answerer) = await Peer.ConnectPairAsync(cancellationToken);
            await offerer.DisposeAsync();
            await answerer.DisposeAsync();
        }, cancellationToken)));

    private static async Task EchoAsync(DataChannel channel, CancellationToken cancellationToken)
    {
        await foreach (DataChannelMessage message in channel.ReadAllAsync(cancellationToken)) await channel.SendAsync(message.Payload, cancellationToken);
    }
}
