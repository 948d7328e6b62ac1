namespace BerOfChat.WebRtc.DataChannels;

/// <summary>One channel as the endpoint knows it.</summary>
internal sealed class ChannelState(int handle, string label, string protocol, ChannelReliability reliability, bool isNegotiated)
{
    public int Handle { get; } = handle;

    public string Label { get; } = label;

    public string Protocol { get; } = protocol;

    public ChannelReliability Reliability { get; } = reliability;

    /// <summary>Both sides made it by agreement: nothing announces it.</summary>
    public bool IsNegotiated { get; } = isNegotiated;

    /// <summary>The stream; null until the DTLS roles decide over it.</summary>
    public ushort? Id { get; set; }

    public DataChannelState State { get; set; } = DataChannelState.Connecting;

    /// <summary>Whether the peer is known to know the channel: before that even an unordered one sends in order, behind its announcement (RFC 8832 section 6).</summary>
    public bool IsKnownToPeer { get; set; } = isNegotiated;

    /// <summary>Bytes of label and protocol, when the peer has chosen them.</summary>
    public int PeersNameBytes { get; init; }

    public bool IsIncomingReset { get; set; }

    public bool IsOutgoingReset { get; set; }

    /// <summary>Resets of our side that belong to the channel which had the stream before: the peer has opened this one already, only its answer to them is on the way.</summary>
    public int ForeignResets { get; set; }

    public long MessagesSent { get; set; }

    public long BytesSent { get; set; }

    public long MessagesReceived { get; set; }

    public long BytesReceived { get; set; }
}
