using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>A message on its way out. Its bytes belong to the association from here on.</summary>
internal readonly record struct OutgoingMessage(ushort StreamId, uint PayloadProtocol, bool IsUnordered, BlockSlice Payload, MessageReliability Reliability = default);
