namespace BerOfChat.WebRtc;

/// <summary>How a data channel is made (W3C RTCDataChannelInit). Without a limit every message arrives as long as the connection lives.</summary>
public sealed record DataChannelInit
{
    /// <summary>Whether messages arrive in the order in which they were sent. The default is yes.</summary>
    public bool Ordered { get; init; } = true;

    /// <summary>How often a part of a message that was lost is sent again at most; then the message is given up. 0 sends each part once. Null, the default, means as often as it takes.</summary>
    public ushort? MaxRetransmits { get; init; }

    /// <summary>How long after it was sent a message is of use, at most 65,535 ms; later it is given up. Null, the default, means for ever. Not together with <see cref="MaxRetransmits"/>.</summary>
    public TimeSpan? MaxPacketLifeTime { get; init; }

    /// <summary>The subprotocol, at most 65,535 bytes of UTF-8.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>The id of a channel that both sides make by agreement, 0 to 65,534. Null lets the connection choose an id and announce the channel to the peer.</summary>
    public ushort? NegotiatedId { get; init; }
}
