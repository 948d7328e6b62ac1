namespace BerOfChat.WebRtc;

/// <summary>How a data channel is made (W3C RTCDataChannelInit). All channels are reliable so far.</summary>
public sealed record DataChannelInit
{
    /// <summary>Whether messages arrive in the order in which they were sent. The default is yes.</summary>
    public bool Ordered { get; init; } = true;

    /// <summary>The subprotocol, at most 1,024 bytes of UTF-8.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>The id of a channel that both sides make by agreement, 0 to 1,023. Null lets the connection choose an id and announce the channel to the peer.</summary>
    public ushort? NegotiatedId { get; init; }
}
