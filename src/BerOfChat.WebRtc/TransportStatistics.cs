namespace BerOfChat.WebRtc;

/// <summary>The encrypted path (W3C RTCTransportStats). Packets and bytes are datagrams of DTLS, without checks.</summary>
public sealed record TransportStatistics
{
    /// <summary>Datagrams sent.</summary>
    public long PacketsSent { get; init; }

    /// <summary>Datagrams received.</summary>
    public long PacketsReceived { get; init; }

    /// <summary>Their bytes.</summary>
    public long BytesSent { get; init; }

    /// <summary>Their bytes.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Whether this side chooses the pair; it may change when both sides believed so.</summary>
    public bool IsIceControlling { get; init; }

    /// <summary>The user fragment of our description; null before there is one.</summary>
    public string? IceLocalUsernameFragment { get; init; }

    /// <summary>Where encryption stands.</summary>
    public DtlsTransportState DtlsState { get; init; }

    /// <summary>Whether this side is the DTLS client; means something once DTLS has begun.</summary>
    public bool IsDtlsClient { get; init; }

    /// <summary>The cipher suite's name as IANA registers it; null before the handshake has ended.</summary>
    public string? DtlsCipher { get; init; }

    /// <summary>The pair in use; null as long as there is none.</summary>
    public IceCandidatePairStatistics? SelectedCandidatePair { get; init; }

    /// <summary>How often another pair came into use, the first one counted.</summary>
    public long SelectedCandidatePairChanges { get; init; }
}

/// <summary>The states of encryption (W3C RTCDtlsTransportState).</summary>
public enum DtlsTransportState
{
    /// <summary>Not begun.</summary>
    New,

    /// <summary>The handshake is under way.</summary>
    Connecting,

    /// <summary>Encrypted, and the peer's certificate is the one of its description.</summary>
    Connected,

    /// <summary>One side has closed it.</summary>
    Closed,

    /// <summary>The handshake failed, or the peer has reported an error.</summary>
    Failed,
}
