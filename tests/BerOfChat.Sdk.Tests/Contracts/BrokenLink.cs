using System.Globalization;
using System.Runtime.CompilerServices;

namespace BerOfChat.Sdk.Tests.Contracts;

/// <summary>A sound link with one fault laid over it.</summary>
internal sealed class BrokenLink(TransportFault fault, IPeerLink inner) : IPeerLink
{
    private static int s_ends;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly TaskCompletionSource _read = new();
    private Task _later = Task.CompletedTask;
    private byte[]? _held;
    private int _sent;
    private bool _isReading;

    public ChannelBinding Binding { get; } = fault switch
    {
        TransportFault.BindsToNothing => ChannelBinding.None("link"),
        TransportFault.NamesEachEndAnew => ChannelBinding.None(Interlocked.Increment(ref s_ends).ToString(CultureInfo.InvariantCulture)),
        _ => inner.Binding,
    };

    public async ValueTask SendAsync(PeerLane lane, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        try
        {
            await SendOrSpoilAsync(lane, record, cancellationToken);
        }
        catch (ArgumentException) when (fault == TransportFault.AcceptsAnyRecord)
        {
            // As if it had gone.
        }
        catch (BerOfChatException e) when (fault == TransportFault.SaysLostWhenDisposed && e.ErrorCode == BerOfChatErrorCode.Closed)
        {
            throw new BerOfChatException(BerOfChatErrorCode.ConnectionLost, "Lost.");
        }
    }

    public async IAsyncEnumerable<PeerRecord> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        _isReading = true;
        try
        {
            CancellationToken token = fault == TransportFault.IgnoresCancellation ? CancellationToken.None : cancellationToken;
            await foreach (PeerRecord record in inner.ReadAllAsync(token)) yield return record;
        }
        finally
        {
            _read.TrySetResult();
        }
    }

    public PeerLinkStatistics GetStatistics() => fault == TransportFault.CountsNothing ? new PeerLinkStatistics() : inner.GetStatistics();

    public async ValueTask DisposeAsync()
    {
        if (fault == TransportFault.ClosesSilently) return;
        await inner.DisposeAsync();
        if (fault == TransportFault.WaitsForTheReaderWhenDisposed && _isReading) await _read.Task;
    }

    private async ValueTask SendOrSpoilAsync(PeerLane lane, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        switch (fault)
        {
            case TransportFault.LosesALane when lane == PeerLane.Sync:
                return;
            case TransportFault.SwapsRecords when lane == PeerLane.Sync && ++_sent % 50 == 0:
                _held = record.ToArray();
                return;
            case TransportFault.CutsLargeRecords when record.Length > 16_000:
                record = record[..16_000];
                break;
            case TransportFault.KeepsTheCallersMemory or TransportFault.NeverWaits when record.Length > 0:
                ReadOnlyMemory<byte> kept = fault == TransportFault.NeverWaits ? record.ToArray() : record;
                _later = SendLaterAsync(_later, lane, kept);
                return;
            case TransportFault.GivesAllLanesOneRoom:
                await _turn.WaitAsync(cancellationToken);
                break;
            case TransportFault.IgnoresCancellation:
                cancellationToken = default;
                break;
            case TransportFault.SendsWhatWasCancelled:
                await _later.WaitAsync(cancellationToken);    // never overtaken: the fault shows every time
                _later = inner.SendAsync(lane, record, CancellationToken.None).AsTask();
                await _later.WaitAsync(cancellationToken);
                return;
            default:
                break;
        }

        try
        {
            await inner.SendAsync(lane, record, cancellationToken);
            if (_held is not { } held || lane != PeerLane.Sync) return;
            _held = null;
            await inner.SendAsync(lane, held, cancellationToken);
        }
        finally
        {
            if (fault == TransportFault.GivesAllLanesOneRoom) _turn.Release();
        }
    }

    private async Task SendLaterAsync(Task before, PeerLane lane, ReadOnlyMemory<byte> record)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Yield();
        if (fault == TransportFault.KeepsTheCallersMemory) await Task.Delay(5);
        await inner.SendAsync(lane, record);
    }
}
