namespace BerOfChat.Signaling;

/// <summary>A topic on one of the transports that a meeting uses.</summary>
/// <param name="Transport">The index of the transport.</param>
/// <param name="Topic">The topic.</param>
internal readonly record struct SignalingPlace(int Transport, SignalingTopicId Topic);
