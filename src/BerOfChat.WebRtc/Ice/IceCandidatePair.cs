using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Ice;

/// <summary>A way from one of our sockets to one of the peer's candidates, and what checks have shown about it.</summary>
internal sealed class IceCandidatePair(IceLocalCandidate local, IceCandidate remote)
{
    private static readonly TimeSpan s_roundTripMargin = TimeSpan.FromMilliseconds(5);

    public IceLocalCandidate Local { get; } = local;

    public IceCandidate Remote { get; set; } = remote;

    public IceRoute Route => new(Local.SocketId, Remote.Address);

    public IcePairState State { get; set; } = IcePairState.Waiting;

    /// <summary>The highest first; both sides compute the same (RFC 8445 section 6.1.2.3).</summary>
    public ulong Priority { get; private set; }

    /// <summary>Whether the controlling side has chosen this pair.</summary>
    public bool IsNominated { get; set; }

    /// <summary>The controlling side has chosen it before our own check of it succeeded; it counts as soon as that does.</summary>
    public bool NominateOnSuccess { get; set; }

    public StunTransactionId Transaction { get; set; }

    /// <summary>The nomination that the check under way carries.</summary>
    public bool TransactionNominates { get; set; }

    /// <summary>Our role when the check was sent: a role conflict is about that one.</summary>
    public bool TransactionControlling { get; set; }

    public MonotonicTime TransactionStarted { get; set; }

    public int Transmissions { get; set; }

    public MonotonicTime NextTransmission { get; set; }

    public TimeSpan Retransmission { get; set; }

    /// <summary>Whether an authentic check has come over it, or an answer: data is accepted from there.</summary>
    public bool IsValidated { get; set; }

    public IcePairCounters Counters { get; } = new();

    public MonotonicTime? LastAnswer { get; set; }

    public TimeSpan? RoundTripTime { get; set; }

    /// <summary>Our address as the peer sees it; not a candidate of ours when something between us translates addresses.</summary>
    public TransportAddress? MappedAddress { get; private set; }

    /// <summary>The same as it was at first.</summary>
    public TransportAddress? FirstMappedAddress { get; private set; }

    /// <summary>The error code with which the peer has answered last; 0 when it has answered well, or not at all.</summary>
    public int ErrorCode { get; set; }

    /// <summary>Whether a relay of either side is on the way.</summary>
    public bool IsRelayed => Local.Candidate.Type == IceCandidateType.Relay || Remote.Type == IceCandidateType.Relay;

    public IceCandidateType LocalType => MappedAddress is { } mapped && mapped != Local.Address ? IceCandidateType.PeerReflexive : Local.Candidate.Type;

    /// <summary>Whether its round trip is shorter by more than what one measurement may be wrong.</summary>
    public bool IsFasterThan(IceCandidatePair other) => RoundTripTime is { } ours && other.RoundTripTime is { } theirs && ours + s_roundTripMargin < theirs;

    /// <summary>A new transaction, not yet sent. A pair that has worked stays valid meanwhile.</summary>
    public void BeginCheck(StunTransactionId transaction, bool nominates, bool isControlling, TimeSpan retransmission, MonotonicTime now)
    {
        if (State != IcePairState.Succeeded) State = IcePairState.InProgress;
        Transaction = transaction;
        TransactionNominates = nominates;
        TransactionControlling = isControlling;
        TransactionStarted = now;
        Transmissions = 0;
        Retransmission = retransmission;
    }

    /// <summary>The check under way is not answered any more.</summary>
    public void GiveUp()
    {
        State = IcePairState.Failed;
        Transmissions = 0;
    }

    /// <summary>Doubles the time until the next repetition, up to a limit that a long first time may exceed.</summary>
    public void BackOff(TimeSpan limit)
    {
        if (Retransmission < limit) Retransmission = Retransmission * 2 < limit ? Retransmission * 2 : limit;
    }

    /// <summary>The peer has answered. Only an answer to a check that was sent once says how long the way takes.</summary>
    public void CompleteCheck(MonotonicTime now)
    {
        if (Transmissions == 1) Measure(now - TransactionStarted);
        Transmissions = 0;
        NoteAnswer(now);
        State = IcePairState.Succeeded;
    }

    /// <summary>The peer has told as what it sees us.</summary>
    public void NoteMapped(TransportAddress mapped)
    {
        MappedAddress = mapped;
        FirstMappedAddress ??= mapped;
    }

    /// <summary>The peer has answered a request for consent.</summary>
    public void CompleteConsent(ConsentRequest request, MonotonicTime now)
    {
        Measure(now - request.SentAt);
        NoteAnswer(now);
    }

    private void NoteAnswer(MonotonicTime now)
    {
        Counters.ResponsesReceived++;
        ErrorCode = 0;
        LastAnswer = now;
        IsValidated = true;
    }

    private void Measure(TimeSpan roundTrip)
    {
        RoundTripTime = roundTrip;
        Counters.TotalRoundTripTime += roundTrip;
    }

    public void ComputePriority(bool isControlling)
    {
        ulong controlling = isControlling ? Local.Candidate.Priority : Remote.Priority;
        ulong controlled = isControlling ? Remote.Priority : Local.Candidate.Priority;
        Priority = (Math.Min(controlling, controlled) << 32) + (2 * Math.Max(controlling, controlled)) + (controlling > controlled ? 1UL : 0UL);
    }
}

/// <summary>The states of RFC 8445 section 6.1.2.6. With one component and few foundations nothing is ever frozen.</summary>
internal enum IcePairState
{
    Waiting,
    InProgress,
    Succeeded,
    Failed,
}

/// <summary>The states as statistics name them.</summary>
internal static class IcePairStateNames
{
    public static IceCandidatePairState ToPublic(this IcePairState state) => state switch
    {
        IcePairState.Waiting => IceCandidatePairState.Waiting,
        IcePairState.InProgress => IceCandidatePairState.InProgress,
        IcePairState.Succeeded => IceCandidatePairState.Succeeded,
        _ => IceCandidatePairState.Failed,
    };
}
