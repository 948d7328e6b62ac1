namespace BerOfChat.WebRtc;

/// <summary>The states of a data channel (W3C RTCDataChannelState).</summary>
public enum DataChannelState
{
    /// <summary>The connection is not up yet.</summary>
    Connecting,

    /// <summary>Messages can be sent.</summary>
    Open,

    /// <summary>One side is closing it; what was sent before still arrives.</summary>
    Closing,

    /// <summary>It has ended.</summary>
    Closed,
}
