using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>One side of a meeting at signaling topics: envelopes and times go in, envelopes, attempts and the next timeout come out.</summary>
/// <remarks>Has one owner and no locks. After each input, drain <see cref="TryWriteEnvelope"/> and <see cref="TryReadEvent"/>; only then give the next input.</remarks>
internal interface IMeetingCore : IDisposable
{
    /// <summary>The topics to be joined, on every transport.</summary>
    IReadOnlyList<SignalingTopicId> Topics { get; }

    /// <summary>A topic was joined on a transport.</summary>
    void HandleJoined(SignalingPlace place, MonotonicTime now);

    /// <summary>The link to a joined topic is lost, or the topic was left.</summary>
    void HandleLeft(SignalingPlace place);

    /// <summary>An envelope came; anybody may have sent it.</summary>
    void HandleEnvelope(SignalingPlace place, ReadOnlySpan<byte> envelope, MonotonicTime now);

    /// <summary>Time has passed.</summary>
    /// <param name="now">The time.</param>
    /// <param name="unixSeconds">The wall clock, which decides the day.</param>
    void HandleTimeout(MonotonicTime now, long unixSeconds);

    /// <summary>The local transport has something for the peer.</summary>
    void Negotiate(NegotiationAttempt attempt, NegotiationMessage message, MonotonicTime now);

    /// <summary>The link of the attempt is open.</summary>
    void MarkOpen(NegotiationAttempt attempt, MonotonicTime now);

    /// <summary>The owner is done with the attempt, whether its link was open or not.</summary>
    void Finish(NegotiationAttempt attempt, MonotonicTime now);

    /// <summary>Something changed for the better, for example the network: try at once what would have been tried later.</summary>
    void Nudge(MonotonicTime now);

    /// <summary>Takes the next envelope to be published.</summary>
    bool TryWriteEnvelope(MonotonicTime now, out SignalingPlace place, out ReadOnlyMemory<byte> envelope);

    bool TryReadEvent(out MeetingEvent? meetingEvent);

    /// <summary>When <see cref="HandleTimeout"/> is due; stale after the next input.</summary>
    MonotonicTime? NextTimeout { get; }
}
