namespace BerOfChat;

/// <summary>Carries small sealed envelopes between devices that wait at the same topic, so that they can agree on a direct connection.</summary>
/// <remarks>
/// Best effort and ephemeral: an envelope reaches those who have joined now; it may be lost, repeated, reordered or echoed back. What arrives is what was
/// published at that topic. An implementation sees random topics and ciphertext only. All members may be called from any thread at any time.
/// <c>SignalingTransportContract</c> in <c>BerOfChat.Sdk.Testing</c> tests all of this.
/// </remarks>
public interface ISignalingTransport
{
    /// <summary>Joins a topic. A transport serves many topics at once, and the same topic may be joined more than once.</summary>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.SignalingUnavailable"/>, transient, when there is no link: the SDK tries again with growing pauses;
    /// <see cref="BerOfChatErrorCode.SignalingRefused"/> when trying again will not help.
    /// </exception>
    ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default);
}
