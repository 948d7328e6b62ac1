using BerOfChat.WebRtc.Throughput.Measurement;

namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>Receives numbered messages, checks each and counts them.</summary>
internal sealed class Reception(DataChannel channel, MessageSizes sizes)
{
    private ulong _messages;
    private long _bytes;

    public ulong Messages => Volatile.Read(ref _messages);

    public long Bytes => Volatile.Read(ref _bytes);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (DataChannelMessage message in channel.ReadAllAsync(cancellationToken))
        {
            if (!LoadMessage.Is(message.Payload.Span, sizes.At(_messages), _messages)) throw new MeasurementException($"Message {_messages} did not arrive as it was sent.");
            Volatile.Write(ref _bytes, _bytes + message.Payload.Length);
            Volatile.Write(ref _messages, _messages + 1);
        }
    }

    /// <summary>Returns when everything that was sent has arrived.</summary>
    public async Task WaitForAsync(ulong sent, Task receiving, TimeSpan patience, CancellationToken cancellationToken)
    {
        DateTime end = DateTime.UtcNow + patience;
        while (Messages < sent)
        {
            if (receiving.IsCompleted) await receiving;
            if (receiving.IsCompleted || DateTime.UtcNow > end) throw new MeasurementException($"{sent} messages were sent, {Messages} have arrived.");
            await Task.Delay(5, cancellationToken);
        }

        if (Messages != sent) throw new MeasurementException($"{sent} messages were sent, {Messages} have arrived.");
    }
}
