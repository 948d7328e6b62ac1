using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Dtls;

/// <summary>By the framework: AES-128, which libsodium does not have, and AES-256 where libsodium has none.</summary>
internal sealed class FrameworkRecordCipher(ReadOnlySpan<byte> key) : RecordCipher
{
    private readonly AesGcm _cipher = new(key, TagSize);

    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> destination) =>
        _cipher.Encrypt(nonce, plaintext, destination[..^TagSize], destination[^TagSize..], associatedData);

    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, Span<byte> destination)
    {
        try
        {
            _cipher.Decrypt(nonce, ciphertext[..^TagSize], ciphertext[^TagSize..], destination, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public override void Dispose() => _cipher.Dispose();
}
