using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Workloads;

namespace BerOfChat.WebRtc.Throughput.Peers;

/// <summary>Sends numbered messages as fast as the channel takes them; SendAsync waits while 1 MiB is queued.</summary>
internal sealed class LocalSender(Peer peer, int size) : ISender
{
    private readonly CancellationTokenSource _stopping = new();
    private Task<ulong> _sending = Task.FromResult(0UL);

    public void Start() => _sending = Task.Run(SendAsync);

    public Task<ProcessUsage> MeasureAsync(CancellationToken cancellationToken) => Task.FromResult(default(ProcessUsage));

    public async Task<ulong> StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        return await _sending.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await peer.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task<ulong> SendAsync()
    {
        byte[] message = LoadMessage.Create(size);
        ulong sent = 0;
        // Looks at the token between messages: a cancelled SendAsync would leave open whether the message counts.
        for (; !_stopping.IsCancellationRequested; sent++)
        {
            LoadMessage.Number(message, sent);
            await peer.Channel.SendAsync(message, CancellationToken.None);
        }

        return sent;
    }
}
