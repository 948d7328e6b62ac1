namespace BerOfChat.WebRtc.Ice;

/// <summary>What the agent dropped, and why: for diagnosis.</summary>
internal sealed class IceCounters
{
    public long Malformed { get; set; }

    public long Unauthenticated { get; set; }

    public long UnknownResponses { get; set; }

    public long CandidatesRefused { get; set; }

    public long CandidatesNotUsable { get; set; }

    public long SelectedPairChanges { get; set; }

    public long ChecksSent { get; set; }

    public long ChecksReceived { get; set; }
}
