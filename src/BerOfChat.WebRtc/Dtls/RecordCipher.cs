namespace BerOfChat.WebRtc.Dtls;

/// <summary>AES-GCM (NIST SP 800-38D) under one key, with nonces of 12 bytes and the 16 bytes of the tag behind the ciphertext. Allocates nothing per record.</summary>
/// <remarks>The caller guarantees that no nonce repeats under a key. Not safe for concurrent use.</remarks>
internal abstract class RecordCipher : IDisposable
{
    public const int NonceSize = 12;
    public const int TagSize = 16;

    /// <summary>Makes the fastest there is for a key of 16 or 32 bytes, which is copied.</summary>
    public static RecordCipher Create(ReadOnlySpan<byte> key) => key.Length == SodiumRecordCipher.KeySize && SodiumRecordCipher.IsSupported ? new SodiumRecordCipher(key) : new FrameworkRecordCipher(key);

    /// <summary>Seals into <paramref name="destination"/>, which is exactly <see cref="TagSize"/> bytes longer than <paramref name="plaintext"/>; both may start at the same byte.</summary>
    public abstract void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> destination);

    /// <summary>Opens what <see cref="Seal"/> made, into exactly the plaintext's length. False when anything is wrong; what the destination holds then is of no use.</summary>
    public abstract bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, Span<byte> destination);

    public abstract void Dispose();
}
