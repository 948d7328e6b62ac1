using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>Where a device of a room is reached by members that it does not know yet, and the keys of what they say there.</summary>
/// <remarks>topic = HKDF(room, the owner's agreement key, "BerOfChat/1 door" ‖ day); envelope key = HKDF(topic, X25519(e, the owner's agreement key), "BerOfChat/1 denv i2r" ‖ e).</remarks>
internal static class DoorKeys
{
    /// <summary>The door on a day, which is unix seconds / 86,400. Whoever is or was in the room can compute it.</summary>
    public static SignalingTopicId DeriveTopic(RoomId room, Bytes32 owner, uint day)
    {
        Span<byte> salt = stackalloc byte[RoomId.Size];
        room.CopyTo(salt);
        Span<byte> info = stackalloc byte["BerOfChat/1 door"u8.Length + sizeof(uint)];
        "BerOfChat/1 door"u8.CopyTo(info);
        BinaryPrimitives.WriteUInt32BigEndian(info[^sizeof(uint)..], day);
        Span<byte> topic = stackalloc byte[SignalingTopicId.Size];
        Hkdf.DeriveKey(salt, owner.ToArray(), info, topic);
        return new SignalingTopicId(topic);
    }

    /// <summary>The key of what is said under an ephemeral key. Null when the other key is of small order.</summary>
    /// <param name="topic">The door.</param>
    /// <param name="own">The ephemeral private key of who knocks, or the owner's agreement key.</param>
    /// <param name="other">The public key on the other side.</param>
    /// <param name="ephemeral">The ephemeral public key.</param>
    public static Aes256Gcm? TryDerive(SignalingTopicId topic, X25519PrivateKey own, Bytes32 other, Bytes32 ephemeral)
    {
        Span<byte> salt = stackalloc byte[SignalingTopicId.Size];
        topic.CopyTo(salt);
        Span<byte> shared = stackalloc byte[X25519PrivateKey.SharedSecretSize];
        try
        {
            return own.TryAgree(other.ToArray(), shared) ? EnvelopeKey.Derive(salt, shared, "BerOfChat/1 denv "u8, EnvelopeDirection.InitiatorToResponder, ephemeral) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(shared);
        }
    }
}
