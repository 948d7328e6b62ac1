using System.Diagnostics;
using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Peers;

namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>Many connections of this process that all send as fast as they may: what each gets, and all together.</summary>
internal static class FairnessWorkload
{
    public static async Task<Report> RunAsync(int connections, int size, TimeSpan warmUp, TimeSpan duration, CancellationToken cancellationToken)
    {
        MessageSizes sizes = new(size);
        List<Flow> flows = [];
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            for (int i = 0; i < connections; i++) flows.Add(await Flow.ConnectAsync(sizes, ending.Token));
            foreach (Flow flow in flows) flow.Start();
            await await Task.WhenAny([Task.Delay(warmUp, cancellationToken), .. flows.Select(f => f.Receiving)]);
            ProcessUsage usage = ProcessUsage.Now;
            long begin = Stopwatch.GetTimestamp();
            long[] before = [.. flows.Select(f => f.Bytes)];
            await await Task.WhenAny([Task.Delay(duration, cancellationToken), .. flows.Select(f => f.Receiving)]);
            double[] bytes = [.. flows.Select((f, i) => (double)(f.Bytes - before[i]))];
            double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            usage = ProcessUsage.Now - usage;
            return new Report("fairness")
                .Add("connections", connections, 0, "connections")
                .Add("size", size, 0, "bytes in a message")
                .Add("seconds", seconds, 3, "seconds measured")
                .Add("MBps", bytes.Sum() / seconds / 1e6, 2, "MB per second, all together")
                .Add("slowestMBps", bytes.Min() / seconds / 1e6, 3, "MB per second of the slowest")
                .Add("fastestMBps", bytes.Max() / seconds / 1e6, 3, "MB per second of the fastest")
                .Add("slowestToFastest", bytes.Min() / bytes.Max(), 3, "of the fastest's rate is the slowest's")
                .Add("cpuSecondsPerGB", usage.CpuSeconds / (bytes.Sum() / 1e9), 2, "seconds of processor time for a GB, both peers together")
                .Add("allocatedBytesPerMB", usage.AllocatedBytes / (bytes.Sum() / 1e6), 0, "bytes allocated on the managed heap for a MB, both peers together");
        }
        finally
        {
            await ending.CancelAsync();
            foreach (Flow flow in flows) await flow.DisposeAsync();
        }
    }

    /// <summary>One of the connections.</summary>
    private sealed class Flow(Peer offerer, Peer answerer, MessageSizes sizes, CancellationToken ending) : IAsyncDisposable
    {
        private readonly Sending _sending = new(offerer.Channel, sizes);
        private readonly Reception _reception = new(answerer.Channel, sizes);

        public Task Receiving { get; private set; } = Task.CompletedTask;

        public long Bytes => _reception.Bytes;

        public static async Task<Flow> ConnectAsync(MessageSizes sizes, CancellationToken ending)
        {
            (Peer offerer, Peer answerer) = await Peer.ConnectPairAsync(ending);
            return new Flow(offerer, answerer, sizes, ending);
        }

        public void Start()
        {
            Receiving = _reception.RunAsync(ending);
            _sending.Start();
        }

        public async ValueTask DisposeAsync()
        {
            _sending.Dispose();
            await offerer.DisposeAsync();
            await answerer.DisposeAsync();
            await Receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
