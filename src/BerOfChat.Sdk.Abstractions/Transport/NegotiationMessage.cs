namespace BerOfChat;

/// <summary>What one side of a link tells the other before they are connected.</summary>
/// <param name="Kind">What <paramref name="Value"/> is.</param>
/// <param name="Value">The text: for WebRTC an SDP description or a candidate line; empty for <see cref="NegotiationMessageKind.EndOfCandidates"/>.</param>
public readonly record struct NegotiationMessage(NegotiationMessageKind Kind, string Value);

/// <summary>The kinds of <see cref="NegotiationMessage"/>.</summary>
public enum NegotiationMessageKind
{
    /// <summary>The offer or the answer; each side sends exactly one.</summary>
    Description,

    /// <summary>One address at which the sender may be reached.</summary>
    Candidate,

    /// <summary>There will be no more candidates.</summary>
    EndOfCandidates,
}
