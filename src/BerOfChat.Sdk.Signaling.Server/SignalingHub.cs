using Microsoft.Extensions.Options;

namespace BerOfChat.Signaling.Server;

/// <summary>Who waits at which topic, in memory only. Passes envelopes on and keeps none.</summary>
internal sealed class SignalingHub
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SignalingTopicId, HashSet<SignalingConnection>> _topics = [];
    private int _connections;

    public SignalingHub(IOptions<SignalingServerOptions> options)
    {
        Options = options.Value;
        Options.Validate();
    }

    public SignalingServerOptions Options { get; }

    /// <summary>Counts a connection in, unless there are too many.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _connections) <= Options.MaxConnections) return true;
        CountOut();
        return false;
    }

    /// <summary>Counts a connection out that was never in a topic.</summary>
    public void CountOut() => Interlocked.Decrement(ref _connections);

    /// <summary>Takes a connection out of all its topics.</summary>
    public void Exit(SignalingConnection connection)
    {
        lock (_lock)
        {
            foreach (SignalingTopicId topic in connection.Topics) Remove(connection, topic);
            connection.Topics.Clear();
        }

        CountOut();
    }

    /// <summary>False when a limit is reached. Joining twice is joining once.</summary>
    public bool TryJoin(SignalingConnection connection, SignalingTopicId topic)
    {
        lock (_lock)
        {
            if (connection.Topics.Contains(topic)) return true;
            if (connection.Topics.Count >= Options.MaxTopicsPerConnection) return false;
            if (!_topics.TryGetValue(topic, out HashSet<SignalingConnection>? members)) _topics.Add(topic, members = []);
            if (members.Count >= Options.MaxConnectionsPerTopic) return false;
            members.Add(connection);
            connection.Topics.Add(topic);
            return true;
        }
    }

    public void Leave(SignalingConnection connection, SignalingTopicId topic)
    {
        lock (_lock)
        {
            if (connection.Topics.Remove(topic)) Remove(connection, topic);
        }
    }

    /// <summary>Passes a frame to the topic's other connections. Who is not in the topic cannot write to it.</summary>
    public void Publish(SignalingConnection sender, SignalingTopicId topic, ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            if (!sender.Topics.Contains(topic)) return;
            foreach (SignalingConnection member in _topics[topic])
            {
                if (member != sender) member.Post(frame);
            }
        }
    }

    private void Remove(SignalingConnection connection, SignalingTopicId topic)
    {
        HashSet<SignalingConnection> members = _topics[topic];
        members.Remove(connection);
        if (members.Count == 0) _topics.Remove(topic);
    }
}
