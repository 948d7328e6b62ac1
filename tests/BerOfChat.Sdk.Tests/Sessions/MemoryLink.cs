using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BerOfChat.Sessions;

/// <summary>One end of a link in memory.</summary>
internal sealed class MemoryLink : IPeerLink
{
    private readonly Channel<(PeerLane, byte[])> _incoming;
    private readonly Channel<(PeerLane, byte[])> _outgoing;

    private MemoryLink(Channel<(PeerLane, byte[])> incoming, Channel<(PeerLane, byte[])> outgoing)
    {
        _incoming = incoming;
        _outgoing = outgoing;
    }

    public ChannelBinding Binding { get; } = ChannelBinding.None("memory");

    public static (MemoryLink One, MemoryLink Other) CreatePair()
    {
        Channel<(PeerLane, byte[])> there = Channel.CreateBounded<(PeerLane, byte[])>(16);
        Channel<(PeerLane, byte[])> back = Channel.CreateBounded<(PeerLane, byte[])>(16);
        return (new MemoryLink(back, there), new MemoryLink(there, back));
    }

    public async ValueTask SendAsync(PeerLane lane, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        try
        {
            await _outgoing.Writer.WriteAsync((lane, record.ToArray()), cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw new BerOfChatException(BerOfChatErrorCode.ConnectionLost, "The link is closed.", isTransient: true, e);
        }
    }

    public async IAsyncEnumerable<PeerRecord> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach ((PeerLane lane, byte[] record) in _incoming.Reader.ReadAllAsync(cancellationToken)) yield return new PeerRecord(lane, record);
    }

    public PeerLinkStatistics GetStatistics() => new();

    public ValueTask DisposeAsync()
    {
        _outgoing.Writer.TryComplete();
        _incoming.Writer.TryComplete();
        return default;
    }
}
