using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Workloads;

namespace BerOfChat.WebRtc.Throughput.Peers;

/// <summary>The sender in this process.</summary>
internal sealed class LocalSender(Peer peer, MessageSizes sizes) : ISender
{
    private readonly Sending _sending = new(peer.Channel, sizes);

    public void Start() => _sending.Start();

    public Task<ProcessUsage> MeasureAsync(CancellationToken cancellationToken) => Task.FromResult(default(ProcessUsage));

    public Task<ulong> StopAsync(CancellationToken cancellationToken) => _sending.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _sending.Dispose();
        await peer.DisposeAsync();
    }
}
