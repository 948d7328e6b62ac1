using System.Collections.Concurrent;

namespace BerOfChat.Client;

/// <summary>A signaling service that keeps everything it sees.</summary>
internal sealed class RecordingSignaling : ISignalingTransport
{
    private readonly InProcessSignaling _inner = new();

    public ConcurrentQueue<byte[]> Seen { get; } = new();

    public async ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default)
    {
        byte[] id = new byte[SignalingTopicId.Size];
        topic.CopyTo(id);
        Seen.Enqueue(id);
        return new Topic(this, await _inner.JoinAsync(topic, cancellationToken));
    }

    private sealed class Topic(RecordingSignaling owner, ISignalingTopic inner) : ISignalingTopic
    {
        public ValueTask PublishAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default)
        {
            owner.Seen.Enqueue(envelope.ToArray());
            return inner.PublishAsync(envelope, cancellationToken);
        }

        public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync(CancellationToken cancellationToken = default) => inner.ReadAllAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
