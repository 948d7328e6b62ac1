using System.Threading.Channels;
using BerOfChat.Signaling;

namespace BerOfChat;

/// <summary>Signaling inside one process: clients that share an instance find each other without any server. For tests, demonstrations and several profiles in one application.</summary>
public sealed class InProcessSignaling : ISignalingTransport
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SignalingTopicId, List<Member>> _topics = [];

    /// <summary>The instance that all clients of a process may share.</summary>
    public static InProcessSignaling Shared { get; } = new();

    /// <inheritdoc/>
    public ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var member = new Member(this, topic);
        lock (_lock)
        {
            if (!_topics.TryGetValue(topic, out List<Member>? members)) _topics.Add(topic, members = []);
            members.Add(member);
        }

        return ValueTask.FromResult<ISignalingTopic>(member);
    }

    private void Publish(Member sender, ReadOnlySpan<byte> envelope)
    {
        byte[] copy = envelope.ToArray();
        lock (_lock)
        {
            if (!_topics.TryGetValue(sender.Topic, out List<Member>? members) || !members.Contains(sender))
                throw new BerOfChatException(BerOfChatErrorCode.Closed, "This topic was left.");
            foreach (Member member in members)
            {
                if (member != sender) member.Inbox.Writer.TryWrite(copy);
            }
        }
    }

    private void Leave(Member member)
    {
        lock (_lock)
        {
            if (!_topics.TryGetValue(member.Topic, out List<Member>? members)) return;
            members.Remove(member);
            if (members.Count == 0) _topics.Remove(member.Topic);
        }
    }

    private sealed class Member(InProcessSignaling signaling, SignalingTopicId topic) : ISignalingTopic
    {
        public SignalingTopicId Topic => topic;

        public Channel<ReadOnlyMemory<byte>> Inbox { get; } = SignalingLimits.CreateInbox();

        public ValueTask PublishAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default)
        {
            SignalingLimits.ThrowIfTooLarge(envelope);
            cancellationToken.ThrowIfCancellationRequested();
            signaling.Publish(this, envelope.Span);
            return ValueTask.CompletedTask;
        }

        public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync(CancellationToken cancellationToken = default) => Inbox.Reader.ReadAllAsync(cancellationToken);

        public ValueTask DisposeAsync()
        {
            signaling.Leave(this);
            Inbox.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }
    }
}
