using BerOfChat.Cryptography;
using BerOfChat.Fuzzing;
using BerOfChat.Primitives;
using BerOfChat.Signaling;
using BerOfChat.Simulation;

namespace BerOfChat.Fuzz;

/// <summary>What comes through a signaling service: frames, envelopes, and the messages inside them.</summary>
/// <remarks>The first byte says what the rest is: 0 an envelope, 1 a message as a key holder may write it, 2 a frame of the WebSocket.</remarks>
internal sealed class EnvelopeTarget : FuzzTarget
{
    private static readonly SignalingTopicId s_topic = new([.. Enumerable.Repeat((byte)4, 32)]);
    private static readonly Aes256Gcm s_key = new([.. Enumerable.Repeat((byte)6, 32)]);
    private readonly byte[] _genuine;

    public EnvelopeTarget() => _genuine = SignalingEnvelope.Seal(s_key, s_topic, new EnvelopeHeader(EnvelopeDirection.InitiatorToResponder, Bytes32.Read(new byte[32])), new EnvelopeMessage.Ready().Encode(), new SeededRandomSource(1));

    public override IEnumerable<byte[]> Seeds =>
    [
        [0, .. _genuine],
        [1, .. new EnvelopeMessage.Ready().Encode()],
        [1, .. new EnvelopeMessage.Offer(7, [1, 2], "v=0\r\n", ["candidate:1 1 udp 1 192.0.2.1 1 typ host", ""]).Encode()],
        [1, .. new EnvelopeMessage.Answer(7, 2, "v=0\r\n", [""]).Encode()],
        [2, .. SignalingFrame.Create(SignalingFrameKind.Join, s_topic)],
        [2, .. SignalingFrame.Create(SignalingFrameKind.Envelope, s_topic, _genuine)],
    ];

    public override IReadOnlyList<byte[]> Words { get; } = MessagePackWords.All;

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        ReadOnlySpan<byte> rest = input[1..];
        switch (input[0] % 3)
        {
            case 0:
                bool isOpened = SignalingEnvelope.TryOpen(s_key, s_topic, rest, out _);
                if (isOpened && !rest.SequenceEqual(_genuine)) throw new InvalidOperationException("An envelope opened that nobody sealed.");
                return isOpened ? 1 : EnvelopeHeader.TryParse(rest, out _) ? 2 : 3;
            case 1:
                if (!EnvelopeMessage.TryParse(rest.ToArray(), out EnvelopeMessage? message)) return 4;
                byte[] written = message.Encode();
                if (!EnvelopeMessage.TryParse(written, out EnvelopeMessage? again) || !again.Encode().AsSpan().SequenceEqual(written)) throw new InvalidOperationException("What was written reads as something else.");
                return HashCode.Combine(message.GetType().Name.Length, (message as EnvelopeMessage.Offer)?.Candidates.Count, (message as EnvelopeMessage.Answer)?.Suite == 0);
            default:
                if (!SignalingFrame.TryParse(rest, out SignalingFrame frame)) return 5;
                return 6 + (int)frame.Kind;
        }
    }
}
