using System.Diagnostics;
using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Peers;

namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>One sends as fast as it may, the other receives. The figures are of a window after the warm-up, taken where the messages arrive.</summary>
internal static class ThroughputWorkload
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static async Task<Report> RunAsync(MessageSizes sizes, TimeSpan warmUp, TimeSpan duration, SecondProcess? second, CancellationToken cancellationToken)
    {
        (ISender sender, Peer receiver) = await ConnectAsync(sizes, second, cancellationToken);
        await using ISender _ = sender;
        await using Peer __ = receiver;

        Reception reception = new(receiver.Channel, sizes);
        Task receiving = reception.RunAsync(cancellationToken);
        sender.Start();
        await await Task.WhenAny(receiving, Task.Delay(warmUp, cancellationToken));
        Snapshot before = await TakeAsync(reception, sender, cancellationToken);
        do await await Task.WhenAny(receiving, Task.Delay(duration, cancellationToken));
        while (reception.Messages == before.Messages && Stopwatch.GetElapsedTime(before.Timestamp) < s_patience);    // a rate needs something that has arrived
        Snapshot after = await TakeAsync(reception, sender, cancellationToken);

        ulong sent = await sender.StopAsync(cancellationToken).WaitAsync(s_patience, cancellationToken);
        await reception.WaitForAsync(sent, receiving, s_patience, cancellationToken);

        double seconds = Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds;
        double bytes = after.Bytes - before.Bytes;
        ProcessUsage usage = after.Usage - before.Usage;
        return new Report("throughput")
            .Add("size", sizes.Least, 0, "bytes in a message, at least")
            .Add("toSize", sizes.Most, 0, "bytes in a message, at most")
            .Add("processes", second is null ? 1 : 2, 0, "processes")
            .Add("seconds", seconds, 3, "seconds measured")
            .Add("messages", after.Messages - before.Messages, 0, "messages received while measured")
            .Add("totalMessages", sent, 0, "messages sent and received in all, warm-up included")
            .Add("MBps", bytes / seconds / 1e6, 2, "MB per second")
            .Add("cpuSecondsPerGB", usage.CpuSeconds / (bytes / 1e9), 2, "seconds of processor time for a GB, both peers together")
            .Add("allocatedBytesPerMB", usage.AllocatedBytes / (bytes / 1e6), 0, "bytes allocated on the managed heap for a MB, both peers together");
    }

    private static async Task<(ISender Sender, Peer Receiver)> ConnectAsync(MessageSizes sizes, SecondProcess? second, CancellationToken cancellationToken)
    {
        if (second is not null) return await RemoteSender.ConnectAsync(second, sizes, cancellationToken);
        (Peer offerer, Peer answerer) = await Peer.ConnectPairAsync(cancellationToken);
        return (new LocalSender(offerer, sizes), answerer);
    }

    // Time and count first, together; asking another process takes a moment that must not stand between them.
    private static async Task<Snapshot> TakeAsync(Reception reception, ISender sender, CancellationToken cancellationToken)
    {
        ulong messages = reception.Messages;
        long bytes = reception.Bytes;
        long timestamp = Stopwatch.GetTimestamp();
        ProcessUsage own = ProcessUsage.Now;
        return new Snapshot(messages, bytes, timestamp, own + await sender.MeasureAsync(cancellationToken));
    }

    private readonly record struct Snapshot(ulong Messages, long Bytes, long Timestamp, ProcessUsage Usage);
}
