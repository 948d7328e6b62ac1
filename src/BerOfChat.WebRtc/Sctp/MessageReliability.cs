using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>When a message is given up (RFC 3758); by default never.</summary>
/// <param name="Deadline">From then on it is of no use; null means that it always is.</param>
/// <param name="MaxRetransmissions">How often a part of it is sent again at most; null means as often as it takes.</param>
internal readonly record struct MessageReliability(MonotonicTime? Deadline = null, int? MaxRetransmissions = null)
{
    public bool IsExpired(MonotonicTime now) => Deadline <= now;

    /// <summary>Whether a part that was sent so many times and lost is not to be sent again.</summary>
    public bool IsHopeless(int transmissions, MonotonicTime now) => IsExpired(now) || transmissions > MaxRetransmissions;
}
