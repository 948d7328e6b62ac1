namespace BerOfChat.WebRtc;

/// <summary>An offer or an answer (W3C RTCSessionDescription).</summary>
/// <param name="Type">Which of the two.</param>
/// <param name="Sdp">The text, as RFC 8866 and RFC 8841 shape it.</param>
public sealed record SessionDescription(SessionDescriptionType Type, string Sdp);

/// <summary>The two kinds of descriptions.</summary>
public enum SessionDescriptionType
{
    /// <summary>Begins the negotiation.</summary>
    Offer,

    /// <summary>Ends it.</summary>
    Answer,
}
