using BerOfChat.Primitives;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.DataChannels;

/// <summary>What a channel promises of its messages: whether they come in order, and when one is given up.</summary>
internal sealed record ChannelReliability
{
    /// <summary>In order, and never given up.</summary>
    public static readonly ChannelReliability Reliable = new();

    public bool IsOrdered { get; init; } = true;

    /// <summary>How often a part of a message is sent again at most.</summary>
    public ushort? MaxRetransmits { get; init; }

    /// <summary>How long after it was sent by the application a message is of use.</summary>
    public TimeSpan? MaxPacketLifeTime { get; init; }

    /// <summary>For a message that the application sends now.</summary>
    public MessageReliability ForMessage(MonotonicTime now) => new(MaxPacketLifeTime is { } lifetime ? now + lifetime : null, MaxRetransmits);
}
