namespace BerOfChat.Signaling;

/// <summary>A binary WebSocket message of the signaling service: u8 kind, topic[32], and for <see cref="SignalingFrameKind.Envelope"/> the envelope.</summary>
internal readonly ref struct SignalingFrame(SignalingFrameKind kind, SignalingTopicId topic, ReadOnlySpan<byte> envelope)
{
    public const int HeaderSize = 1 + SignalingTopicId.Size;
    public const int MaxEnvelopeSize = 64 * 1024;
    public const int MaxSize = HeaderSize + MaxEnvelopeSize;

    public SignalingFrameKind Kind { get; } = kind;

    public SignalingTopicId Topic { get; } = topic;

    /// <summary>Empty for join and leave, 1 byte to 64 KiB otherwise.</summary>
    public ReadOnlySpan<byte> Envelope { get; } = envelope;

    /// <summary>Reads a frame. Never throws.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out SignalingFrame frame)
    {
        frame = default;
        if (message.Length is < HeaderSize or > MaxSize || message[0] is < 1 or > 3) return false;
        var kind = (SignalingFrameKind)message[0];
        if ((kind == SignalingFrameKind.Envelope) == (message.Length == HeaderSize)) return false;
        frame = new SignalingFrame(kind, new SignalingTopicId(message[1..HeaderSize]), message[HeaderSize..]);
        return true;
    }

    public static byte[] Create(SignalingFrameKind kind, SignalingTopicId topic, ReadOnlySpan<byte> envelope = default)
    {
        byte[] message = new byte[HeaderSize + envelope.Length];
        message[0] = (byte)kind;
        topic.CopyTo(message.AsSpan(1));
        envelope.CopyTo(message.AsSpan(HeaderSize));
        return message;
    }
}

/// <summary>The kinds of <see cref="SignalingFrame"/>.</summary>
internal enum SignalingFrameKind : byte
{
    /// <summary>From now on, pass me what others write to the topic.</summary>
    Join = 1,

    /// <summary>No longer.</summary>
    Leave = 2,

    /// <summary>For the others at the topic, or from one of them.</summary>
    Envelope = 3,
}
