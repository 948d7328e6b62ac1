using BerOfChat.WebRtc.DataChannels;

namespace BerOfChat.WebRtc.Tests;

/// <summary>Short forms for reliable channels, for which time does not count.</summary>
internal static class EndpointCalls
{
    public static int Open(this DataChannelEndpoint endpoint, string label, string protocol, bool isOrdered, ushort? negotiatedId) =>
        endpoint.Open(label, protocol, ChannelReliability.Reliable with { IsOrdered = isOrdered }, negotiatedId);

    public static DataChannelSendStatus Send(this DataChannelEndpoint endpoint, int handle, DataChannelMessageKind kind, ReadOnlySpan<byte> message) =>
        endpoint.Send(handle, kind, message, now: default);
}
