namespace BerOfChat;

/// <summary>One message that arrived in a session.</summary>
/// <param name="Lane">The lane on which it came.</param>
/// <param name="Payload">Its bytes; they belong to the reader.</param>
public readonly record struct PeerMessage(PeerLane Lane, ReadOnlyMemory<byte> Payload);
