namespace BerOfChat;

/// <summary>One record that arrived on a link.</summary>
/// <param name="Lane">The lane on which it came.</param>
/// <param name="Payload">Its bytes; valid until the next record is asked for.</param>
public readonly record struct PeerRecord(PeerLane Lane, ReadOnlyMemory<byte> Payload);
