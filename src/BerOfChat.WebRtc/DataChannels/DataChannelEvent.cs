using BerOfChat.WebRtc.Buffers;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.DataChannels;

/// <summary>What happened to a channel or to all of them.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Channel">The channel's handle, when it is about one.</param>
/// <param name="Reason">Why everything has ended: one sentence.</param>
/// <param name="End">How everything has ended.</param>
/// <param name="Cause">The cause of RFC 9260 that the end carried.</param>
internal readonly record struct DataChannelEvent(DataChannelEventKind Kind, int Channel = -1, string Reason = "", SctpEnd End = default, SctpCauseCode? Cause = null);

/// <summary>The kinds of <see cref="DataChannelEvent"/>.</summary>
internal enum DataChannelEventKind
{
    Connected,
    Disconnected,
    ChannelOpened,

    /// <summary>The peer has opened a channel; it is open.</summary>
    ChannelAnnounced,
    ChannelClosed,
}

/// <summary>A message from the peer. Its charge is given back by <see cref="DataChannelEndpoint.Consume"/> when the application has it, and its bytes are let go when it has read them.</summary>
internal readonly record struct ReceivedMessage(int Channel, DataChannelMessageKind Kind, BlockSlice Payload, int Charge);

/// <summary>What became of a message that was to be sent.</summary>
internal enum DataChannelSendStatus
{
    Accepted,
    BufferFull,
    NotOpen,
    TooLarge,
}
