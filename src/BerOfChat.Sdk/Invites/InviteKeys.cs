using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;
using BerOfChat.Signaling;

namespace BerOfChat.Invites;

/// <summary>What both sides of an invitation derive from it. Zeroed when disposed.</summary>
/// <remarks>
/// H is the SHA-256 of the invitation without its check. psk, topic and id = HKDF(H, secret, label). The key of an envelope also takes
/// X25519(e, invitation key), so that one holder of the invitation can neither read nor forge what another writes.
/// </remarks>
internal sealed class InviteKeys : IDisposable
{
    public const int PskSize = 32;
    public const int IdSize = 16;

    private readonly byte[] _hash;
    private readonly byte[] _secret;
    private readonly byte[] _psk = new byte[PskSize];
    private bool _disposed;

    /// <param name="invite">A whole, valid invitation.</param>
    /// <param name="secret">Its secret; copied.</param>
    public InviteKeys(ReadOnlySpan<byte> invite, ReadOnlySpan<byte> secret)
    {
        _hash = SHA256.HashData(invite[..^InviteFormat.CheckSize]);
        _secret = secret.ToArray();

        Hkdf.DeriveKey(_hash, _secret, "BerOfChat/1 psk"u8, _psk);
        Span<byte> output = stackalloc byte[Bytes32.Size];
        Hkdf.DeriveKey(_hash, _secret, "BerOfChat/1 topic"u8, output);
        Topic = new SignalingTopicId(output);
        Hkdf.DeriveKey(_hash, _secret, "BerOfChat/1 invite-id"u8, output);
        InviteId = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(output);
    }

    /// <summary>Where issuer and invited meet.</summary>
    public SignalingTopicId Topic { get; }

    /// <summary>The first 16 bytes of the derived id, as a big-endian number; it stands in ADD.</summary>
    public UInt128 InviteId { get; }

    /// <summary>The Noise pre-shared key, <see cref="PskSize"/> bytes.</summary>
    public ReadOnlyMemory<byte> Psk => _psk;

    /// <summary>The keys of one attempt's envelopes. Null when the other key is of small order.</summary>
    /// <param name="own">The joiner's ephemeral private key, or the invitation's private key at the issuer.</param>
    /// <param name="peer">The public key on the other side.</param>
    /// <param name="ephemeral">The joiner's ephemeral public key.</param>
    /// <param name="sealing">The direction in which this side writes.</param>
    public EnvelopeCipher? TryCreateCipher(X25519PrivateKey own, Bytes32 peer, Bytes32 ephemeral, EnvelopeDirection sealing)
    {
        Span<byte> ikm = stackalloc byte[KeyMaterialSize];
        try
        {
            return TryAgree(own, peer, ikm)
                ? new EnvelopeCipher(
                    EnvelopeKey.Derive(_hash, ikm, "BerOfChat/1 env "u8, sealing, ephemeral),
                    EnvelopeKey.Derive(_hash, ikm, "BerOfChat/1 env "u8, sealing.Opposite(), ephemeral),
                    sealing)
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(ikm);
        }
    }

    /// <summary>The key of the one answer to a code that people carry. Null when the other key is of small order.</summary>
    /// <param name="own">The answerer's ephemeral private key, or the code's private key at its issuer.</param>
    /// <param name="peer">The public key on the other side.</param>
    /// <param name="ephemeral">The answerer's ephemeral public key, new for each answer.</param>
    public Aes256Gcm? TryDeriveManual(X25519PrivateKey own, Bytes32 peer, Bytes32 ephemeral)
    {
        Span<byte> ikm = stackalloc byte[KeyMaterialSize];
        try
        {
            return TryAgree(own, peer, ikm) ? EnvelopeKey.Derive(_hash, ikm, "BerOfChat/1 menv "u8, EnvelopeDirection.InitiatorToResponder, ephemeral) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(ikm);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_secret);
        CryptographicOperations.ZeroMemory(_psk);
    }

    private bool TryAgree(X25519PrivateKey own, Bytes32 peer, Span<byte> keyMaterial)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _secret.CopyTo(keyMaterial[X25519PrivateKey.SharedSecretSize..]);
        return own.TryAgree(peer.ToArray(), keyMaterial);
    }

    private const int KeyMaterialSize = X25519PrivateKey.SharedSecretSize + Bytes32.Size;
}
