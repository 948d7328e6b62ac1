using System.Security.Cryptography;
using System.Text;
using BerOfChat.Cryptography;

namespace BerOfChat.Sessions.Noise;

/// <summary>The chaining key and the transcript hash of a handshake (Noise specification, section 5.2).</summary>
internal sealed class SymmetricState : IDisposable
{
    public const int HashSize = SHA256.HashSizeInBytes;

    private readonly byte[] _chainingKey = new byte[HashSize];
    private readonly byte[] _hash = new byte[HashSize];
    private CipherState? _cipher;

    public SymmetricState(string protocolName)
    {
        byte[] name = Encoding.ASCII.GetBytes(protocolName);
        if (name.Length <= HashSize)
            name.CopyTo(_hash, 0);
        else
            SHA256.HashData(name, _hash);
        _hash.CopyTo(_chainingKey, 0);
    }

    /// <summary>The hash of all that has passed so far.</summary>
    public ReadOnlySpan<byte> Hash => _hash;

    /// <summary>What encryption adds to a field at this point: nothing before the first key.</summary>
    public int Overhead => _cipher is null ? 0 : CipherState.TagSize;

    public void MixHash(ReadOnlySpan<byte> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_hash);
        hash.AppendData(data);
        hash.GetHashAndReset(_hash);
    }

    public void MixKey(ReadOnlySpan<byte> keyMaterial)
    {
        Span<byte> output = stackalloc byte[2 * HashSize];
        Derive(keyMaterial, output);
        output[..HashSize].CopyTo(_chainingKey);
        SetKey(output[HashSize..]);
        CryptographicOperations.ZeroMemory(output);
    }

    public void MixKeyAndHash(ReadOnlySpan<byte> keyMaterial)
    {
        Span<byte> output = stackalloc byte[3 * HashSize];
        Derive(keyMaterial, output);
        output[..HashSize].CopyTo(_chainingKey);
        MixHash(output[HashSize..(2 * HashSize)]);
        SetKey(output[(2 * HashSize)..]);
        CryptographicOperations.ZeroMemory(output);
    }

    /// <summary>Encrypts when there is a key, else copies; the destination is exactly <see cref="Overhead"/> bytes longer.</summary>
    public void EncryptAndHash(ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        if (_cipher is null)
            plaintext.CopyTo(destination);
        else
            _cipher.Encrypt(_hash, plaintext, destination);
        MixHash(destination);
    }

    /// <summary>Decrypts when there is a key, else copies; the destination is exactly <see cref="Overhead"/> bytes shorter.</summary>
    public bool TryDecryptAndHash(ReadOnlySpan<byte> ciphertext, Span<byte> destination)
    {
        if (_cipher is null)
            ciphertext.CopyTo(destination);
        else if (!_cipher.TryDecrypt(_hash, ciphertext, destination))
            return false;
        MixHash(ciphertext);
        return true;
    }

    /// <summary>Derives the two transport keys: the first is for messages of the initiator, the second for those to it.</summary>
    public void Split(Span<byte> initiatorKey, Span<byte> responderKey)
    {
        Span<byte> output = stackalloc byte[2 * HashSize];
        Derive([], output);
        output[..HashSize].CopyTo(initiatorKey);
        output[HashSize..].CopyTo(responderKey);
        CryptographicOperations.ZeroMemory(output);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_chainingKey);
        _cipher?.Dispose();
        _cipher = null;
    }

    // Noise's HKDF is that of RFC 5869 with the chaining key as salt and an empty info.
    private void Derive(ReadOnlySpan<byte> keyMaterial, Span<byte> output) => Hkdf.DeriveKey(_chainingKey, keyMaterial, [], output);

    private void SetKey(ReadOnlySpan<byte> key)
    {
        _cipher?.Dispose();
        _cipher = new CipherState(key);
    }
}
