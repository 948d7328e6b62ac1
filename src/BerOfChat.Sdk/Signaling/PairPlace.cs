using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>One joined topic of a pair: our ephemeral key, new with each joining, and the last key under which the peer wrote.</summary>
internal sealed class PairPlace : IDisposable
{
    private readonly SignalingTopicId _topic;
    private readonly EnvelopeHeader _header;
    private readonly PairKeys _keys;
    private readonly IRandomSource _random;
    private readonly Aes256Gcm _sealing;
    private (Bytes32 Ephemeral, Aes256Gcm Key)? _opening;

    public PairPlace(PairKeys keys, SignalingTopicId topic, EnvelopeDirection direction, IRandomSource random)
    {
        using X25519PrivateKey ephemeral = X25519PrivateKey.Generate(random);
        _keys = keys;
        _topic = topic;
        _random = random;
        _header = new EnvelopeHeader(direction, Bytes32.Read(ephemeral.PublicKey.Span));
        _sealing = keys.DeriveSealing(topic, direction, ephemeral);
    }

    public byte[] Seal(ReadOnlySpan<byte> message) => SignalingEnvelope.Seal(_sealing, _topic, _header, message, _random);

    public bool TryOpen(EnvelopeHeader header, ReadOnlySpan<byte> envelope, out ReadOnlyMemory<byte> message)
    {
        if (_opening is { } known && known.Ephemeral == header.Ephemeral) return SignalingEnvelope.TryOpen(known.Key, _topic, envelope, out message);

        message = default;
        Aes256Gcm? key = _keys.TryDeriveOpening(_topic, header.Direction, header.Ephemeral);
        if (key is null || !SignalingEnvelope.TryOpen(key, _topic, envelope, out message))
        {
            key?.Dispose();
            return false;
        }

        _opening?.Key.Dispose();
        _opening = (header.Ephemeral, key);
        return true;
    }

    public void Dispose()
    {
        _sealing.Dispose();
        _opening?.Key.Dispose();
        _opening = null;
    }
}
