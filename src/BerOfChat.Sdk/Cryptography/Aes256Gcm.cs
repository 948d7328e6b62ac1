using System.Security.Cryptography;
using NSec.Cryptography;

namespace BerOfChat.Cryptography;

/// <summary>AES-256-GCM (NIST SP 800-38D) under one key, with 12-byte nonces and the 16-byte tag appended to the ciphertext.</summary>
/// <remarks>
/// libsodium seals small records about seven times as fast as the framework, but only where the processor has AES instructions; elsewhere the
/// framework takes its place. The caller guarantees that no nonce repeats under a key. Not safe for concurrent use.
/// </remarks>
internal sealed class Aes256Gcm : IDisposable
{
    public const int KeySize = 32;
    public const int NonceSize = 12;
    public const int TagSize = 16;

    private readonly Key? _key;
    private readonly AesGcm? _fallback;

    public Aes256Gcm(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySize) throw new ArgumentException("An AES-256 key has 32 bytes.", nameof(key));
        if (NSec.Cryptography.Aes256Gcm.IsSupported)
            _key = Key.Import(AeadAlgorithm.Aes256Gcm, key, KeyBlobFormat.RawSymmetricKey);
        else
            _fallback = new AesGcm(key, TagSize);
    }

    /// <summary>Seals <paramref name="plaintext"/> into <paramref name="destination"/>, which is exactly <see cref="TagSize"/> bytes longer; both may start at the same byte.</summary>
    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        if (destination.Length != plaintext.Length + TagSize) throw new ArgumentException("The destination must have room for the plaintext and the tag.", nameof(destination));
        if (_key is not null)
            AeadAlgorithm.Aes256Gcm.Encrypt(_key, nonce, associatedData, plaintext, destination);
        else
            _fallback!.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination[plaintext.Length..], associatedData);
    }

    /// <summary>Opens what <see cref="Seal"/> made. False when the key, the nonce, the associated data or any byte is wrong; the destination then holds nothing of use.</summary>
    public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, Span<byte> destination)
    {
        int length = ciphertext.Length - TagSize;
        if (length < 0 || destination.Length != length) return false;
        if (_key is not null) return AeadAlgorithm.Aes256Gcm.Decrypt(_key, nonce, associatedData, ciphertext, destination);

        try
        {
            _fallback!.Decrypt(nonce, ciphertext[..length], ciphertext[length..], destination, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _key?.Dispose();
        _fallback?.Dispose();
    }
}
