using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>The same where both sides have agreed to interleave messages and to leave the checksum out.</summary>
internal sealed class InterleavedSctpTarget() : SctpTarget(SctpExtensions.All);
