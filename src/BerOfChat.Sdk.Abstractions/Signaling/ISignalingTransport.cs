namespace BerOfChat;

/// <summary>Carries small sealed envelopes between devices that wait at the same topic, so that they can agree on a direct connection.</summary>
/// <remarks>
/// Best effort and ephemeral: an envelope reaches those who have joined now; it may be lost, repeated, reordered or echoed back. An
/// implementation sees random topics and ciphertext only. All members may be called from any thread at any time.
/// </remarks>
public interface ISignalingTransport
{
    /// <summary>Joins a topic. A transport serves many topics at once, and the same topic may be joined more than once.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.SignalingUnavailable"/> or <see cref="BerOfChatErrorCode.SignalingRefused"/>.</exception>
    ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default);
}
