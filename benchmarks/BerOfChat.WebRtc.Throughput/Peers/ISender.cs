using BerOfChat.WebRtc.Throughput.Measurement;

namespace BerOfChat.WebRtc.Throughput.Peers;

/// <summary>The peer that sends, in this process or in another.</summary>
internal interface ISender : IAsyncDisposable
{
    void Start();

    /// <summary>What the sender's process has used so far, if it is not this one.</summary>
    Task<ProcessUsage> MeasureAsync(CancellationToken cancellationToken);

    /// <summary>Ends the sending and returns how many messages were sent.</summary>
    Task<ulong> StopAsync(CancellationToken cancellationToken);
}
