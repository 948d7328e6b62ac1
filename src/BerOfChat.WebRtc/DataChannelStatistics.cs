namespace BerOfChat.WebRtc;

/// <summary>A channel (W3C RTCDataChannelStats). Bytes are those of the messages.</summary>
public sealed record DataChannelStatistics
{
    /// <summary>Its name.</summary>
    public required string Label { get; init; }

    /// <summary>Its subprotocol.</summary>
    public required string Protocol { get; init; }

    /// <summary>The stream it uses; null until the connection is up.</summary>
    public int? DataChannelIdentifier { get; init; }

    /// <summary>Where it stands.</summary>
    public DataChannelState State { get; init; }

    /// <summary>Messages handed over to be sent.</summary>
    public long MessagesSent { get; init; }

    /// <summary>Their bytes.</summary>
    public long BytesSent { get; init; }

    /// <summary>Messages that have arrived whole.</summary>
    public long MessagesReceived { get; init; }

    /// <summary>Their bytes.</summary>
    public long BytesReceived { get; init; }
}
