using System.Threading.Channels;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>A signaling service whose links the test breaks, and which notes all that passes.</summary>
internal sealed class ScriptedSignaling : ISignalingTransport
{
    private readonly Lock _lock = new();
    private readonly List<Topic> _joined = [];
    private readonly Channel<int> _joins = Channel.CreateUnbounded<int>();

    /// <summary>Thrown by the next joins, for as long as it is set.</summary>
    public volatile Exception? JoinFailure;

    /// <summary>Thrown when publishing, for as long as it is set.</summary>
    public volatile Exception? PublishFailure;

    /// <summary>Everything that a service sees: topics, and envelopes in the order of publishing.</summary>
    public List<(SignalingTopicId Topic, byte[] Envelope)> Seen { get; } = [];

    /// <summary>Ends when another join was tried, successfully or not.</summary>
    public ValueTask<int> NextJoinAsync(CancellationToken cancellationToken) => _joins.Reader.ReadAsync(cancellationToken);

    /// <summary>What happens while a topic is joined.</summary>
    public Action? Joining { get; init; }

    public int TriedJoins => _joins.Reader.Count;

    public ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            _joins.Writer.TryWrite(0);
            Joining?.Invoke();
            if (JoinFailure is { } failure) throw failure;
            var joined = new Topic(this, topic);
            _joined.Add(joined);
            return ValueTask.FromResult<ISignalingTopic>(joined);
        }
    }

    /// <summary>Ends the streams of all topics, as if the link were lost.</summary>
    public void BreakLinks()
    {
        lock (_lock)
        {
            foreach (Topic topic in _joined) topic.Inbox.Writer.TryComplete();
            _joined.Clear();
        }
    }

    private void Publish(Topic from, ReadOnlyMemory<byte> envelope)
    {
        lock (_lock)
        {
            if (PublishFailure is { } failure) throw failure;
            Seen.Add((from.Id, envelope.ToArray()));
            foreach (Topic topic in _joined)
            {
                if (topic != from && topic.Id == from.Id) topic.Inbox.Writer.TryWrite(envelope.ToArray());
            }
        }
    }

    private void Leave(Topic topic)
    {
        lock (_lock) _joined.Remove(topic);
        topic.Inbox.Writer.TryComplete();
    }

    private sealed class Topic(ScriptedSignaling signaling, SignalingTopicId id) : ISignalingTopic
    {
        public SignalingTopicId Id => id;

        public Channel<ReadOnlyMemory<byte>> Inbox { get; } = Channel.CreateUnbounded<ReadOnlyMemory<byte>>();

        public ValueTask PublishAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default)
        {
            signaling.Publish(this, envelope);
            return ValueTask.CompletedTask;
        }

        public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync(CancellationToken cancellationToken = default) => Inbox.Reader.ReadAllAsync(cancellationToken);

        public ValueTask DisposeAsync()
        {
            signaling.Leave(this);
            return ValueTask.CompletedTask;
        }
    }
}
