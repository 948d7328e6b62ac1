namespace BerOfChat;

/// <summary>What a session has carried, and how its link is connected.</summary>
public sealed record PeerSessionStatistics
{
    /// <summary>Messages handed over for sending.</summary>
    public long MessagesSent { get; init; }

    /// <summary>Whole messages received.</summary>
    public long MessagesReceived { get; init; }

    /// <summary>Bytes of messages handed over for sending, before encryption and padding.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes of messages received, after decryption and without padding.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Encrypted records sent.</summary>
    public long RecordsSent { get; init; }

    /// <summary>Encrypted records received and verified.</summary>
    public long RecordsReceived { get; init; }

    /// <summary>The latest round-trip time between the two sessions; null before it was first measured.</summary>
    public TimeSpan? RoundTripTime { get; init; }

    /// <summary>The link below.</summary>
    public required PeerLinkStatistics Link { get; init; }
}
