using System.Diagnostics;
using BerOfChat.WebRtc.Throughput.Measurement;
using BerOfChat.WebRtc.Throughput.Peers;

namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>A second channel of a connection that is kept full while something else is measured.</summary>
internal sealed class BulkStream : IAsyncDisposable
{
    private readonly Sending _sending;
    private readonly Reception _reception;
    private readonly Task _receiving;
    private readonly CancellationTokenSource _ending;
    private long _begin;
    private long _bytesBefore;

    private BulkStream(Sending sending, Reception reception, CancellationTokenSource ending)
    {
        _sending = sending;
        _reception = reception;
        _ending = ending;
        _receiving = reception.RunAsync(ending.Token);
        sending.Start();
    }

    public static async Task<BulkStream> StartAsync(Peer offerer, Peer answerer, MessageSizes sizes, CancellationToken cancellationToken)
    {
        (DataChannel near, DataChannel far) = await Peer.OpenChannelAsync(offerer, answerer, "bulk", cancellationToken);
        return new BulkStream(new Sending(near, sizes), new Reception(far, sizes), CancellationTokenSource.CreateLinkedTokenSource(cancellationToken));
    }

    public void BeginMeasuring() => (_begin, _bytesBefore) = (Stopwatch.GetTimestamp(), _reception.Bytes);

    /// <summary>MB that arrived in a second since measuring began.</summary>
    public double EndMeasuring()
    {
        if (_receiving.IsFaulted) throw new MeasurementException($"The bulk stream broke: {_receiving.Exception.InnerException!.Message}");
        return (_reception.Bytes - _bytesBefore) / Stopwatch.GetElapsedTime(_begin).TotalSeconds / 1e6;
    }

    /// <summary>Stops sending before the connection goes away, so that nothing is sent into a closed channel.</summary>
    public async ValueTask DisposeAsync()
    {
        await _sending.StopAsync(CancellationToken.None);
        _sending.Dispose();
        await _ending.CancelAsync();
        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }
}
