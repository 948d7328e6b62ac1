using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>A key pair for one handshake.</summary>
internal abstract class EphemeralKey : IDisposable
{
    /// <summary>Of both groups.</summary>
    public const int SharedSecretSize = 32;

    public abstract NamedGroup Group { get; }

    /// <summary>As it stands in a key exchange message.</summary>
    public abstract ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Makes a pair. X25519 takes its bytes from <paramref name="random"/>; the framework makes pairs of P-256 from its own.</summary>
    public static EphemeralKey Create(NamedGroup group, IRandomSource random) => group == NamedGroup.X25519 ? new X25519EphemeralKey(random) : new P256EphemeralKey();

    /// <summary>Computes the shared secret. False when the peer's key is none of this group, or gives a secret that everybody knows.</summary>
    public abstract bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> sharedSecret);

    public abstract void Dispose();
}
