using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>A whole message as it came from a stream.</summary>
/// <param name="StreamId">Its stream.</param>
/// <param name="PayloadProtocol">What it carries (PPID).</param>
/// <param name="Payload">Its bytes, which whoever takes the message lets go.</param>
/// <param name="WindowCharge">What it holds of the receive window until it is consumed.</param>
internal readonly record struct SctpMessage(ushort StreamId, uint PayloadProtocol, BlockSlice Payload, int WindowCharge);
