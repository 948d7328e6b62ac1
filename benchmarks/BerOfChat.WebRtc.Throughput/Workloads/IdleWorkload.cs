using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Peers;

namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>What connected pairs hold in memory after they have said one word each way and fallen silent: resident memory and managed heap, after minus before.</summary>
internal static class IdleWorkload
{
    private const int WarmUp = 10;

    // Chunks, timers and handshake threads of the connecting are done with by then.
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(2);

    public static async Task<Report> RunAsync(int count, CancellationToken cancellationToken)
    {
        foreach ((Peer offerer, Peer answerer) in await ConnectAsync(WarmUp, cancellationToken)) await CloseAsync(offerer, answerer);
        Footprint before = Footprint.Take();
        List<(Peer Offerer, Peer Answerer)> pairs = await ConnectAsync(count, cancellationToken);
        await Task.Delay(s_quiet, cancellationToken);
        Footprint after = Footprint.Take();
        foreach ((Peer offerer, Peer answerer) in pairs) await CloseAsync(offerer, answerer);

        return new Report("idle")
            .Add("pairs", count, 0, "connected pairs")
            .Add("bytesPerIdlePair", (double)(after.Resident - before.Resident) / count, 0, "bytes of resident memory for a pair (both peers)")
            .Add("managedBytesPerIdlePair", (double)(after.Managed - before.Managed) / count, 0, "of that, bytes on the managed heap");
    }

    private static async Task<List<(Peer Offerer, Peer Answerer)>> ConnectAsync(int count, CancellationToken cancellationToken)
    {
        List<(Peer, Peer)> pairs = [];
        byte[] word = LoadMessage.Create(64);
        for (int i = 0; i < count; i++)
        {
            (Peer offerer, Peer answerer) = await Peer.ConnectPairAsync(cancellationToken);
            await SayAsync(offerer.Channel, answerer.Channel, word, cancellationToken);
            await SayAsync(answerer.Channel, offerer.Channel, word, cancellationToken);
            pairs.Add((offerer, answerer));
        }

        return pairs;
    }

    private static async Task SayAsync(DataChannel from, DataChannel to, byte[] word, CancellationToken cancellationToken)
    {
        await from.SendAsync(word, cancellationToken);
        await foreach (DataChannelMessage message in to.ReadAllAsync(cancellationToken))
        {
            if (message.Payload.Span.SequenceEqual(word)) return;
            break;
        }

        throw new MeasurementException("A message did not arrive as it was sent.");
    }

    private static async Task CloseAsync(Peer offerer, Peer answerer)
    {
        await offerer.DisposeAsync();
        await answerer.DisposeAsync();
    }

    private readonly record struct Footprint(long Resident, long Managed)
    {
        public static Footprint Take()
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return new Footprint(Environment.WorkingSet, GC.GetTotalMemory(forceFullCollection: false));
        }
    }
}
