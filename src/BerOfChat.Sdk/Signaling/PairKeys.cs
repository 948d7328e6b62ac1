using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>What two devices of a room derive from their agreement keys to meet again: topics for each day, and envelope keys. Zeroed when disposed.</summary>
/// <remarks>
/// z = X25519(own device key, peer's device key); topic = HKDF(room, z, "BerOfChat/1 rdv" ‖ day);
/// envelope key = HKDF(topic, z ‖ X25519(e, device key of who did not make e), "BerOfChat/1 renv " ‖ direction ‖ e).
/// </remarks>
internal sealed class PairKeys : IDisposable
{
    private readonly byte[] _room = new byte[RoomId.Size];
    private readonly byte[] _shared = new byte[X25519PrivateKey.SharedSecretSize];
    private readonly byte[] _peer;
    private readonly X25519PrivateKey _device;

    /// <param name="room">The room in which the two know each other.</param>
    /// <param name="device">This device's agreement key; it belongs to the caller and outlives this.</param>
    /// <param name="peer">The peer's agreement key, from its certificate.</param>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.ProtocolViolation"/> when the peer's key is of small order.</exception>
    public PairKeys(RoomId room, X25519PrivateKey device, Bytes32 peer)
    {
        room.CopyTo(_room);
        _device = device;
        _peer = peer.ToArray();
        if (!device.TryAgree(_peer, _shared))
            throw new BerOfChatException(BerOfChatErrorCode.ProtocolViolation, "The other device's key is not usable.");
    }

    /// <summary>Where the two meet on a day, which is unix seconds / 86,400.</summary>
    public SignalingTopicId DeriveTopic(uint day)
    {
        Span<byte> info = stackalloc byte["BerOfChat/1 rdv"u8.Length + sizeof(uint)];
        "BerOfChat/1 rdv"u8.CopyTo(info);
        BinaryPrimitives.WriteUInt32BigEndian(info[^sizeof(uint)..], day);
        Span<byte> topic = stackalloc byte[SignalingTopicId.Size];
        Hkdf.DeriveKey(_room, _shared, info, topic);
        return new SignalingTopicId(topic);
    }

    /// <summary>The key for what we write at a topic under a fresh ephemeral key of ours.</summary>
    public Aes256Gcm DeriveSealing(SignalingTopicId topic, EnvelopeDirection direction, X25519PrivateKey ephemeral) =>
        TryDerive(topic, direction, ephemeral, _peer, Bytes32.Read(ephemeral.PublicKey.Span))
            ?? throw new System.Diagnostics.UnreachableException();     // the peer's key agreed with our device key already

    /// <summary>The key for what the peer writes under its ephemeral key. Null when that is of small order.</summary>
    public Aes256Gcm? TryDeriveOpening(SignalingTopicId topic, EnvelopeDirection direction, Bytes32 ephemeral) =>
        TryDerive(topic, direction, _device, ephemeral.ToArray(), ephemeral);

    public void Dispose() => CryptographicOperations.ZeroMemory(_shared);

    private Aes256Gcm? TryDerive(SignalingTopicId topic, EnvelopeDirection direction, X25519PrivateKey own, ReadOnlySpan<byte> other, Bytes32 ephemeral)
    {
        Span<byte> salt = stackalloc byte[SignalingTopicId.Size];
        topic.CopyTo(salt);
        Span<byte> ikm = stackalloc byte[2 * X25519PrivateKey.SharedSecretSize];
        _shared.CopyTo(ikm);
        try
        {
            return own.TryAgree(other, ikm[X25519PrivateKey.SharedSecretSize..])
                ? EnvelopeKey.Derive(salt, ikm, "BerOfChat/1 renv "u8, direction, ephemeral)
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(ikm);
        }
    }
}
