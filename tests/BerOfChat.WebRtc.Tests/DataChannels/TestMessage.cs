using BerOfChat.WebRtc.DataChannels;

namespace BerOfChat.WebRtc.Tests.DataChannels;

/// <summary>A received message with bytes of its own.</summary>
internal sealed record TestMessage(int Channel, DataChannelMessageKind Kind, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Copies what was received, and lets it go.</summary>
    public static TestMessage Take(ReceivedMessage message)
    {
        TestMessage copy = new(message.Channel, message.Kind, message.Payload.ToArray());
        message.Payload.Release();
        return copy;
    }
}
