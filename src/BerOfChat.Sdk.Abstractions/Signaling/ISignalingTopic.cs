namespace BerOfChat;

/// <summary>One joined topic. Disposing it leaves the topic; that may happen twice, at any time and while other members run.</summary>
public interface ISignalingTopic : IAsyncDisposable
{
    /// <summary>The largest envelope in bytes.</summary>
    const int MaxEnvelopeSize = 65_536;

    /// <summary>Sends an envelope to the others at this topic. Returns when it was handed on, which says nothing about its arrival; never waits for a reader.</summary>
    /// <param name="envelope">1 to <see cref="MaxEnvelopeSize"/> bytes. The memory may be reused when the call has returned.</param>
    /// <param name="cancellationToken">Ends the wait for the link.</param>
    /// <exception cref="ArgumentException">The envelope is empty or too large. The topic lives on.</exception>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.SignalingUnavailable"/> when the link is lost, <see cref="BerOfChatErrorCode.Closed"/> after disposal.</exception>
    ValueTask PublishAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default);

    /// <summary>The envelopes of the others since the topic was joined, whole and unaltered, for one reader. Their memory belongs to the reader.</summary>
    /// <remarks>
    /// Ends without an error when the link is lost or the topic is disposed; the SDK then joins again. What a slow reader has not read may be dropped, the
    /// oldest first.
    /// </remarks>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync(CancellationToken cancellationToken = default);
}
