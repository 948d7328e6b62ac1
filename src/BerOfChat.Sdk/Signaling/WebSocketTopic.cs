using System.Threading.Channels;

namespace BerOfChat.Signaling;

/// <summary>One joined topic of a <see cref="WebSocketConnection"/>.</summary>
internal sealed class WebSocketTopic(WebSocketConnection connection, SignalingTopicId id) : ISignalingTopic
{
    private readonly Channel<ReadOnlyMemory<byte>> _inbox = SignalingLimits.CreateInbox();
    private int _isDisposed;

    public SignalingTopicId Id => id;

    public ValueTask PublishAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default)
    {
        SignalingLimits.ThrowIfTooLarge(envelope);
        cancellationToken.ThrowIfCancellationRequested();
        if (Volatile.Read(ref _isDisposed) != 0) throw new BerOfChatException(BerOfChatErrorCode.Closed, "This topic was left.");
        return connection.PublishAsync(this, envelope, cancellationToken);
    }

    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync(CancellationToken cancellationToken = default) => _inbox.Reader.ReadAllAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return ValueTask.CompletedTask;
        Complete();
        connection.Leave(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>An envelope came; the oldest unread one gives way when the inbox is full.</summary>
    public void Deliver(ReadOnlyMemory<byte> envelope) => _inbox.Writer.TryWrite(envelope);

    /// <summary>There will be no more.</summary>
    public void Complete() => _inbox.Writer.TryComplete();
}
