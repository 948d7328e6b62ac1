using System.Threading.Channels;

namespace BerOfChat.Signaling;

/// <summary>What our own transports have in common.</summary>
internal static class SignalingLimits
{
    /// <summary>The largest envelope, by the contract of <see cref="ISignalingTopic"/>.</summary>
    public const int MaxEnvelopeSize = SignalingFrame.MaxEnvelopeSize;

    /// <summary>How many topics one connection joins: what our server allows, and one more would cost it all of them.</summary>
    public const int MaxTopics = 1024;

    /// <summary>How many envelopes wait for a slow reader of a topic; then the oldest is dropped. At most 16 MiB.</summary>
    public const int MaxUnread = 256;

    public static Channel<ReadOnlyMemory<byte>> CreateInbox() =>
        Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(MaxUnread) { FullMode = BoundedChannelFullMode.DropOldest });

    public static void ThrowIfTooLarge(ReadOnlyMemory<byte> envelope)
    {
        if (envelope.Length > MaxEnvelopeSize) throw new ArgumentException($"An envelope has at most {MaxEnvelopeSize} bytes.", nameof(envelope));
        if (envelope.IsEmpty) throw new ArgumentException("An envelope has at least one byte.", nameof(envelope));
    }
}
