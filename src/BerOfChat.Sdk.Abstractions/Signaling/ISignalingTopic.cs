namespace BerOfChat;

/// <summary>One joined topic. Disposing it leaves the topic.</summary>
public interface ISignalingTopic : IAsyncDisposable
{
    /// <summary>Sends an envelope of at most 64 KiB to the others at this topic. Returns when it was handed on, which says nothing about its arrival.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.SignalingUnavailable"/> when the link is lost, <see cref="BerOfChatErrorCode.Closed"/> after disposal.</exception>
    ValueTask PublishAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default);

    /// <summary>The envelopes of the others, for one reader. Ends without an error when the link is lost or the topic is disposed; the SDK then joins again.</summary>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync(CancellationToken cancellationToken = default);
}
