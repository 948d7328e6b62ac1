using System.Security.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>X25519 (RFC 7748) by libsodium; the framework has none.</summary>
/// <remarks>The private key lives for one round trip, in pinned memory that is zeroed. NSec's would have pages of its own, which take ten times as long to make as the key.</remarks>
internal sealed unsafe class X25519EphemeralKey : EphemeralKey
{
    private const int Size = 32;
    private readonly byte[] _privateKey = GC.AllocateArray<byte>(Size, pinned: true);
    private readonly byte[] _publicKey = new byte[Size];
    private bool _isDisposed;

    public X25519EphemeralKey(IRandomSource random)
    {
        random.Fill(_privateKey);
        fixed (byte* own = _privateKey, result = _publicKey) _ = Sodium.GetPublicKey(result, own);
    }

    public override NamedGroup Group => NamedGroup.X25519;

    public override ReadOnlyMemory<byte> PublicKey => _publicKey;

    public override bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> sharedSecret)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (peer.Length != Size) return false;
        if (sharedSecret.Length < Size) throw new ArgumentException("A shared secret has 32 bytes.", nameof(sharedSecret));
        fixed (byte* own = _privateKey, other = peer, result = sharedSecret) return Sodium.Agree(result, own, other) == 0;
    }

    public override void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_privateKey);
    }
}
