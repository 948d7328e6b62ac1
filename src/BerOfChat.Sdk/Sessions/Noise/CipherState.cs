using System.Buffers.Binary;
using BerOfChat.Cryptography;

namespace BerOfChat.Sessions.Noise;

/// <summary>A key and the number of messages that it has encrypted (Noise specification, section 5.1, with the AESGCM functions of section 12.3).</summary>
internal sealed class CipherState(ReadOnlySpan<byte> key) : IDisposable
{
    public const int TagSize = Aes256Gcm.TagSize;

    private readonly Aes256Gcm _cipher = new(key);
    private ulong _nonce;

    /// <summary>Encrypts into a destination that is exactly <see cref="TagSize"/> bytes longer.</summary>
    public void Encrypt(ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[Aes256Gcm.NonceSize];
        WriteNonce(nonce);
        _cipher.Seal(nonce, associatedData, plaintext, destination);
        _nonce++;
    }

    /// <summary>Decrypts into a destination that is exactly <see cref="TagSize"/> bytes shorter. False when anything is wrong; the nonce then stays.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[Aes256Gcm.NonceSize];
        WriteNonce(nonce);
        if (!_cipher.TryOpen(nonce, associatedData, ciphertext, destination)) return false;
        _nonce++;
        return true;
    }

    public void Dispose() => _cipher.Dispose();

    // The largest nonce is reserved for rekeying.
    private void WriteNonce(Span<byte> nonce)
    {
        if (_nonce == ulong.MaxValue) throw new InvalidOperationException("The key has encrypted as many messages as it may.");
        nonce[..4].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], _nonce);
    }
}
