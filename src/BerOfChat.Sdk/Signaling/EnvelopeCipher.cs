using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>The two keys of one first-contact attempt: one for each direction, both bound to the joiner's ephemeral key.</summary>
internal sealed class EnvelopeCipher(Aes256Gcm sealing, Aes256Gcm opening, EnvelopeDirection sealingDirection) : IDisposable
{
    public byte[] Seal(SignalingTopicId topic, Bytes32 ephemeral, ReadOnlySpan<byte> message, IRandomSource random) =>
        SignalingEnvelope.Seal(sealing, topic, new EnvelopeHeader(sealingDirection, ephemeral), message, random);

    public bool TryOpen(SignalingTopicId topic, ReadOnlySpan<byte> envelope, out ReadOnlyMemory<byte> message) =>
        SignalingEnvelope.TryOpen(opening, topic, envelope, out message);

    public void Dispose()
    {
        sealing.Dispose();
        opening.Dispose();
    }
}
