using BerOfChat.Identity;
using BerOfChat.Primitives;
using BerOfChat.Signaling;
using BerOfChat.Simulation;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>One side of a meeting in virtual time: a core, and an owner that negotiates like a WebRTC transport with two candidates.</summary>
internal sealed class SimulatedDevice(LinkEnd end, IMeetingCore core, SignalingPlace[] places)
{
    private readonly string _name = $"{end} {Interlocked.Increment(ref s_devices)}";
    private int _descriptions;
    private static int s_devices;

    public IMeetingCore Core => core;

    public LinkEnd End => end;

    /// <summary>The attempts that run, with what the owner has got for them.</summary>
    public Dictionary<NegotiationAttempt, List<NegotiationMessage>> Attempts { get; } = [];

    public List<NegotiationAttempt> AllAttempts { get; } = [];

    public List<DeviceCertificate> Knocks { get; } = [];

    public List<AttemptEnd> Ends { get; } = [];

    public int MostAttemptsAtATime { get; private set; }

    public int PeerReadies { get; private set; }

    public bool HasSession { get; set; }

    /// <summary>When false, the owner never answers: the transport hangs.</summary>
    public bool Negotiates { get; set; } = true;

    public MonotonicTime? NextTimeout => core.NextTimeout;

    public void Join(SimulatedMeeting world) => Array.ForEach(places, place =>
    {
        core.HandleJoined(place, world.Now);
        Drain(world);
    });

    public void Drain(SimulatedMeeting world)
    {
        bool again;
        do
        {
            again = false;
            while (core.TryWriteEnvelope(world.Now, out SignalingPlace place, out ReadOnlyMemory<byte> envelope)) world.Send(end, place, envelope.Span);
            while (core.TryReadEvent(out MeetingEvent? meetingEvent)) again |= Handle(meetingEvent!, world);
            foreach ((NegotiationAttempt attempt, List<NegotiationMessage> inbox) in Attempts)
            {
                while (attempt.TryRead(out NegotiationMessage message))
                {
                    inbox.Add(message);
                    again |= OnMessage(attempt, message, world);
                }
            }
        }
        while (again);

        Assert.True(core.NextTimeout is not { } next || next > world.Now, "A timeout that is not in the future would spin.");
    }

    /// <summary>What a peer sent, in the shape in which the contract promises it.</summary>
    private static void AssertOrdered(List<NegotiationMessage> inbox)
    {
        Assert.Equal(NegotiationMessageKind.Description, inbox[0].Kind);
        Assert.Equal(inbox.Count, inbox.Distinct().Count());
        Assert.Single(inbox, message => message.Kind == NegotiationMessageKind.Description);
    }

    private bool Handle(MeetingEvent meetingEvent, SimulatedMeeting world)
    {
        switch (meetingEvent)
        {
            case MeetingEvent.AttemptStarted started:
                Attempts.Add(started.Attempt, []);
                AllAttempts.Add(started.Attempt);
                MostAttemptsAtATime = Math.Max(MostAttemptsAtATime, Attempts.Count);
                if (started.Attempt.Role == PeerLinkRole.Offerer && Negotiates) Describe(started.Attempt, world);
                return true;
            case MeetingEvent.AttemptEnded ended:
                Assert.True(Attempts.Remove(ended.Attempt));
                Ends.Add(ended.Attempt.End);
                return false;
            case MeetingEvent.PeerReady:
                PeerReadies++;
                return false;
            case MeetingEvent.Knocked knocked:
                Knocks.Add(knocked.Certificate);
                return false;
            default:
                return false;
        }
    }

    private bool OnMessage(NegotiationAttempt attempt, NegotiationMessage message, SimulatedMeeting world)
    {
        AssertOrdered(Attempts[attempt]);
        if (attempt.Role != PeerLinkRole.Answerer || message.Kind != NegotiationMessageKind.Description || !Negotiates) return false;
        Describe(attempt, world);
        return true;
    }

    private void Describe(NegotiationAttempt attempt, SimulatedMeeting world)
    {
        core.Negotiate(attempt, new NegotiationMessage(NegotiationMessageKind.Description, $"{_name} {_descriptions++}"), world.Now);
        core.Negotiate(attempt, new NegotiationMessage(NegotiationMessageKind.Candidate, "first"), world.Now);
        core.Negotiate(attempt, new NegotiationMessage(NegotiationMessageKind.Candidate, "second"), world.Now);
        core.Negotiate(attempt, new NegotiationMessage(NegotiationMessageKind.EndOfCandidates, ""), world.Now);
    }

    /// <summary>The attempt in which this side has got a description and a candidate.</summary>
    public NegotiationAttempt? Negotiated() =>
        Attempts.Where(a => !a.Key.IsOpen && a.Value.Exists(m => m.Kind == NegotiationMessageKind.Candidate)).Select(a => a.Key).LastOrDefault();
}
