namespace BerOfChat.WebRtc.Sctp;

/// <summary>A message on its way out.</summary>
internal sealed record OutgoingMessage(ushort StreamId, uint PayloadProtocol, bool IsUnordered, byte[] Payload);
