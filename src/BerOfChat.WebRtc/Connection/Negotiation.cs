using BerOfChat.Primitives;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Sdp;

namespace BerOfChat.WebRtc.Connection;

/// <summary>Makes our description and takes the peer's: one offer, one answer.</summary>
internal sealed class Negotiation(IRandomSource random, ReadOnlyMemory<byte> localFingerprint, int maxMessageSize, SctpHandshake handshake)
{
    private const int MaxEarlyCandidates = 100;

    private readonly List<string> _earlyCandidates = [];

    /// <summary>The peer's description; null before it is there.</summary>
    public SdpDocument? Remote { get; private set; }

    public bool IsDtlsClient { get; private set; }

    public SdpDocument CreateOffer(IceCredentials credentials, bool useSnap) => new()
    {
        UserFragment = credentials.UserFragment,
        Password = credentials.Password,
        Fingerprint = localFingerprint,
        Setup = SdpSetup.ActPass,
        MaxMessageSize = maxMessageSize,
        SessionId = random.NextUInt64() >> 2,
        SctpInit = useSnap ? handshake.WriteInitForDescription() : default,
    };

    /// <summary>Answers the offer that was taken before.</summary>
    public SdpDocument CreateAnswer(IceCredentials? credentials)
    {
        if (Remote is null || credentials is null) throw new InvalidOperationException("Set the offer before you answer it.");
        SdpDocument answer = Remote.Answer(credentials.UserFragment, credentials.Password, localFingerprint, random.NextUInt64() >> 2) with
        {
            MaxMessageSize = maxMessageSize,
            SctpInit = handshake.Agreed is null ? default : handshake.WriteInitForDescription(),
        };
        IsDtlsClient = answer.Setup == SdpSetup.Active;
        return answer;
    }

    /// <summary>Takes the peer's description.</summary>
    /// <returns>The peer's ICE credentials.</returns>
    /// <exception cref="WebRtcException">They are none.</exception>
    public IceCredentials TakeRemote(SdpDocument remote, bool isOffer, bool useSnap)
    {
        if (!IceCredentials.TryCreate(remote.UserFragment, remote.Password, out IceCredentials? credentials))
            throw new WebRtcException(WebRtcErrorCode.InvalidDescription, "The ICE credentials of the description are too short, too long, or of wrong characters.");
        Remote = remote;
        if (useSnap) handshake.TryAgree(remote.SctpInit.Span);
        // The one who answers "active" is the client; an offer leaves the choice to us, and we are the client then.
        IsDtlsClient = isOffer ? remote.Setup != SdpSetup.Active : remote.Setup == SdpSetup.Passive;
        return credentials!;
    }

    /// <summary>Keeps a candidate that came before the description it belongs to.</summary>
    public void KeepEarly(string candidate)
    {
        if (_earlyCandidates.Count < MaxEarlyCandidates) _earlyCandidates.Add(candidate);
    }

    /// <summary>The candidates that came with the description or before it.</summary>
    public IReadOnlyList<string> TakeCandidates()
    {
        string[] candidates = [.. Remote!.Candidates, .. _earlyCandidates];
        _earlyCandidates.Clear();
        return candidates;
    }
}
