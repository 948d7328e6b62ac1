using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BerOfChat.Testing.Transport;

/// <summary>One end of a link in memory.</summary>
internal sealed class InMemoryPeerLink : IPeerLink
{
    private readonly InMemoryPipe _incoming;
    private readonly InMemoryPipe _outgoing;
    private long _bytesSent;
    private long _bytesReceived;
    private int _isDisposed;

    private InMemoryPeerLink(string name, InMemoryPipe incoming, InMemoryPipe outgoing)
    {
        _incoming = incoming;
        _outgoing = outgoing;
        Binding = ChannelBinding.None(name);
    }

    public ChannelBinding Binding { get; }

    public static (InMemoryPeerLink One, InMemoryPeerLink Other) CreatePair(string name)
    {
        var there = new InMemoryPipe();
        var back = new InMemoryPipe();
        return (new InMemoryPeerLink(name, back, there), new InMemoryPeerLink(name, there, back));
    }

    public async ValueTask SendAsync(PeerLane lane, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        if (!Enum.IsDefined(lane)) throw new ArgumentOutOfRangeException(nameof(lane));
        if (record.Length is 0 or > IPeerLink.MaxRecordSize) throw new ArgumentException($"A record has 1 to {IPeerLink.MaxRecordSize} bytes.", nameof(record));
        cancellationToken.ThrowIfCancellationRequested();
        if (!await _outgoing.TryWriteAsync(lane, record, cancellationToken))
        {
            throw Volatile.Read(ref _isDisposed) != 0
                ? new BerOfChatException(BerOfChatErrorCode.Closed, "The link was disposed.")
                : new BerOfChatException(BerOfChatErrorCode.ConnectionLost, "The peer has closed the link.", isTransient: true);
        }

        Interlocked.Add(ref _bytesSent, record.Length);
    }

    public async IAsyncEnumerable<PeerRecord> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (PeerRecord record in _incoming.ReadAllAsync(cancellationToken))
        {
            Interlocked.Add(ref _bytesReceived, record.Payload.Length);
            yield return record;
        }
    }

    public PeerLinkStatistics GetStatistics() => new() { BytesSent = Interlocked.Read(ref _bytesSent), BytesReceived = Interlocked.Read(ref _bytesReceived) };

    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _isDisposed, 1);
        await _incoming.DisposeAsync();
        await _outgoing.DisposeAsync();
    }

    /// <summary>One direction: records in the order of sending, of which each lane holds a few.</summary>
    private sealed class InMemoryPipe : IAsyncDisposable
    {
        private readonly Channel<PeerRecord> _records = Channel.CreateUnbounded<PeerRecord>();
        private readonly SemaphoreSlim[] _room = [new(MaxWaiting), new(MaxWaiting), new(MaxWaiting)];
        private readonly CancellationTokenSource _closed = new();

        /// <summary>False when the pipe is closed.</summary>
        public async ValueTask<bool> TryWriteAsync(PeerLane lane, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
        {
            try
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
                await _room[(int)lane].WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            return _records.Writer.TryWrite(new PeerRecord(lane, record.ToArray()));
        }

        public async IAsyncEnumerable<PeerRecord> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (PeerRecord record in _records.Reader.ReadAllAsync(cancellationToken))
            {
                _room[(int)record.Lane].Release();
                yield return record;
            }
        }

        /// <summary>Ends what waits. What was sent can still be read.</summary>
        public ValueTask DisposeAsync()
        {
            _records.Writer.TryComplete();
            return new ValueTask(_closed.CancelAsync());
        }

        private const int MaxWaiting = 64;
    }
}
