using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Messages on their way from the application's threads to the loop. A message costs its sender a lock and a copy.</summary>
internal sealed class MessageOutbox
{
    /// <summary>The loop does not wait for more than that to be copied.</summary>
    private const int MaxCopyUnderLock = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly BlockChain _chain = new();
    private Queue<PostedMessage> _posted = [];
    private Queue<PostedMessage> _taken = [];

    public void Add(DataChannel channel, DataChannelMessageKind kind, ReadOnlySpan<byte> message)
    {
        // SCTP has no empty messages: one byte stands for none.
        ReadOnlySpan<byte> payload = message.IsEmpty ? [0] : message;
        if (payload.Length > MaxCopyUnderLock)
        {
            BlockChain own = new();
            BlockSlice slice = own.Write(payload);
            own.Complete();
            lock (_gate) _posted.Enqueue(new PostedMessage(channel, kind, message.IsEmpty, slice));
            return;
        }

        lock (_gate) _posted.Enqueue(new PostedMessage(channel, kind, message.IsEmpty, _chain.Write(payload)));
    }

    /// <summary>Takes all that is there. The result is used until the next call.</summary>
    public Queue<PostedMessage> TakeAll()
    {
        lock (_gate) (_taken, _posted) = (_posted, _taken);
        return _taken;
    }

    /// <summary>Gives back memory that is not needed at the moment.</summary>
    public void Trim()
    {
        lock (_gate) _chain.Trim();
    }
}

/// <summary>A message of the application.</summary>
internal readonly record struct PostedMessage(DataChannel Channel, DataChannelMessageKind Kind, bool IsEmpty, BlockSlice Payload);
