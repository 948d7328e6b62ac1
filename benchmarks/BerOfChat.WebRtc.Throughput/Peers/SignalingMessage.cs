namespace BerOfChat.WebRtc.Throughput.Peers;

/// <summary>What the two peers tell each other beside the data channel: a description, a candidate, or what to do.</summary>
internal sealed record SignalingMessage(SignalingKind Kind, string Text = "");

internal enum SignalingKind
{
    Offer,
    Answer,
    Candidate,

    /// <summary>To the sender: begin.</summary>
    Start,

    /// <summary>To the sender: what has your process used so far?</summary>
    Measure,

    /// <summary>From the sender: a <see cref="Measurement.ProcessUsage"/>.</summary>
    Usage,

    /// <summary>To the sender: end.</summary>
    Stop,

    /// <summary>From the sender: how many messages it has sent.</summary>
    Sent,
}
