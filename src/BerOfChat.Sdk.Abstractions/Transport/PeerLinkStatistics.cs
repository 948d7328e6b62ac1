namespace BerOfChat;

/// <summary>How a link is connected and what it has carried. Absent values are null: not every transport has them.</summary>
public sealed record PeerLinkStatistics
{
    /// <summary>The kind of the local end of the path: <c>host</c>, <c>srflx</c>, <c>prflx</c> or <c>relay</c>.</summary>
    public string? LocalCandidateType { get; init; }

    /// <summary>The kind of the remote end of the path: <c>host</c>, <c>srflx</c>, <c>prflx</c> or <c>relay</c>.</summary>
    public string? RemoteCandidateType { get; init; }

    /// <summary>The transport's own cipher suite, by its IANA name.</summary>
    public string? CipherSuite { get; init; }

    /// <summary>The latest round-trip time of the path.</summary>
    public TimeSpan? RoundTripTime { get; init; }

    /// <summary>Bytes of records sent.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes of records received.</summary>
    public long BytesReceived { get; init; }
}
