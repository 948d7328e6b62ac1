using BerOfChat.Identity;

namespace BerOfChat.Signaling;

/// <summary>What a meeting's core tells its shell.</summary>
internal abstract record MeetingEvent
{
    private MeetingEvent()
    {
    }

    /// <summary>An attempt began, by us or by the peer.</summary>
    public sealed record AttemptStarted(NegotiationAttempt Attempt) : MeetingEvent;

    /// <summary>An attempt is over, for the reason in <see cref="NegotiationAttempt.End"/>.</summary>
    public sealed record AttemptEnded(NegotiationAttempt Attempt) : MeetingEvent;

    /// <summary>The peer has no session although we have one: see whether ours is still alive.</summary>
    public sealed record PeerReady : MeetingEvent;

    /// <summary>Somebody knocked at this door.</summary>
    public sealed record Knocked(DeviceCertificate Certificate) : MeetingEvent;

    /// <summary><see cref="IMeetingCore.Topics"/> changed with the day.</summary>
    public sealed record TopicsChanged : MeetingEvent;
}
