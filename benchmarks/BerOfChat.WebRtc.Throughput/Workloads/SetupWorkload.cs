using System.Diagnostics;
using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Peers;

namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>Connections one after the other, each from the making of both peers to a data channel open on both; closing is not measured.</summary>
internal static class SetupWorkload
{
    private const int WarmUp = 10;

    public static async Task<Report> RunAsync(int count, CancellationToken cancellationToken)
    {
        double[] milliseconds = new double[count];
        double cpuSeconds = 0;
        for (int i = -WarmUp; i < count; i++)
        {
            if (i == 0) cpuSeconds = ProcessUsage.Now.CpuSeconds;
            long begin = Stopwatch.GetTimestamp();
            (Peer offerer, Peer answerer) = await Peer.ConnectPairAsync(cancellationToken);
            if (i >= 0) milliseconds[i] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            await offerer.DisposeAsync();
            await answerer.DisposeAsync();
        }

        cpuSeconds = ProcessUsage.Now.CpuSeconds - cpuSeconds;
        Quantiles quantiles = new(milliseconds);
        return new Report("setup")
            .Add("count", count, 0, "connections measured")
            .Add("medianMs", quantiles.Median, 2, "milliseconds, median")
            .Add("p99Ms", quantiles.P99, 2, "milliseconds, 99 of 100 take no longer")
            .Add("cpuMsPerSetup", cpuSeconds * 1e3 / count, 2, "milliseconds of processor time for a connection, both peers and closing included");
    }
}
