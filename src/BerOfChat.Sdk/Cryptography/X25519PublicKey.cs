namespace BerOfChat.Cryptography;

/// <summary>Judges X25519 public keys (RFC 7748) before anything is built on them.</summary>
internal static class X25519PublicKey
{
    // Every private key is a multiple of the cofactor, so one finds the points of small order as well as any other; this one is no secret.
    private static readonly X25519PrivateKey s_probe = new([.. Enumerable.Repeat((byte)1, X25519PrivateKey.Size)]);

    /// <summary>False for points of small order, with which every agreement gives zeros. The answer is the same on every device.</summary>
    public static bool IsUsable(ReadOnlySpan<byte> key)
    {
        Span<byte> secret = stackalloc byte[X25519PrivateKey.SharedSecretSize];
        return s_probe.TryAgree(key, secret);
    }
}
