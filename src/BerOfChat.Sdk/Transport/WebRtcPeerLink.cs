using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using BerOfChat.WebRtc;

namespace BerOfChat;

/// <summary>A connection with one data channel for each lane, made by agreement: the lane is the channel's id.</summary>
internal sealed class WebRtcPeerLink : IPeerLink
{
    private readonly PeerConnection _connection;
    private readonly DataChannel[] _channels;
    private readonly Channel<Received> _received = Channel.CreateBounded<Received>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _reading;
    private PeerConnectionStatistics _statistics;
    private int _isRefreshing;
    private long _bytesSent;
    private long _bytesReceived;

    public WebRtcPeerLink(PeerConnection connection, DataChannel[] channels, PeerConnectionStatistics statistics)
    {
        _connection = connection;
        _channels = channels;
        _statistics = statistics;
        Binding = ChannelBinding.DtlsSha256(connection.LocalFingerprint.Span, connection.RemoteFingerprint.Span);
        _reading = ReadChannelsAsync();
    }

    public ChannelBinding Binding { get; }

    public async ValueTask SendAsync(PeerLane lane, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        if (!Enum.IsDefined(lane)) throw new ArgumentOutOfRangeException(nameof(lane));
        if (record.Length is 0 or > IPeerLink.MaxRecordSize) throw new ArgumentException($"A record has 1 to {IPeerLink.MaxRecordSize} bytes.", nameof(record));
        try
        {
            await _channels[(int)lane].SendAsync(record, cancellationToken).ConfigureAwait(false);
            Interlocked.Add(ref _bytesSent, record.Length);
        }
        catch (WebRtcException e)
        {
            throw _closing.IsCancellationRequested
                ? new BerOfChatException(BerOfChatErrorCode.Closed, "The link was disposed.", innerException: e)
                : WebRtcPeerTransport.Translate(e);
        }
    }

    public async IAsyncEnumerable<PeerRecord> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (Received received in _received.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                yield return new PeerRecord(received.Lane, received.Buffer.AsMemory(0, received.Length));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(received.Buffer);
            }
        }
    }

    public PeerLinkStatistics GetStatistics()
    {
        if (Interlocked.Exchange(ref _isRefreshing, 1) == 0) _ = RefreshAsync();
        PeerConnectionStatistics statistics = Volatile.Read(ref _statistics);
        return new PeerLinkStatistics
        {
            LocalCandidateType = statistics.LocalCandidateType,
            RemoteCandidateType = statistics.RemoteCandidateType,
            CipherSuite = statistics.CipherSuite,
            RoundTripTime = statistics.RoundTripTime,
            BytesSent = Interlocked.Read(ref _bytesSent),
            BytesReceived = Interlocked.Read(ref _bytesReceived),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadChannelsAsync()
    {
        try
        {
            Task[] lanes = [.. Enumerable.Range(0, _channels.Length).Select(lane => ReadLaneAsync((PeerLane)lane))];
            await Task.WhenAny(lanes).ConfigureAwait(false);

            // A link without one of its lanes is of no use; what has arrived on the others is still read.
            await _connection.DisposeAsync().ConfigureAwait(false);
            await Task.WhenAll(lanes).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            _received.Writer.TryComplete();
        }
    }

    private async Task ReadLaneAsync(PeerLane lane)
    {
        await foreach (DataChannelMessage message in _channels[(int)lane].ReadAllAsync(_closing.Token).ConfigureAwait(false))
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(message.Payload.Length);
            message.Payload.CopyTo(buffer);
            Interlocked.Add(ref _bytesReceived, message.Payload.Length);
            await _received.Writer.WriteAsync(new Received(lane, buffer, message.Payload.Length), _closing.Token).ConfigureAwait(false);
        }
    }

    private async Task RefreshAsync()
    {
        try
        {
            Volatile.Write(ref _statistics, await _connection.GetStatisticsAsync(_closing.Token).ConfigureAwait(false));
        }
        catch (Exception e) when (e is WebRtcException or OperationCanceledException or ObjectDisposedException)
        {
            // The link has ended: what was known last stays.
        }
        finally
        {
            Volatile.Write(ref _isRefreshing, 0);
        }
    }

    private readonly record struct Received(PeerLane Lane, byte[] Buffer, int Length);

    private const int MaxWaiting = 64;
}
