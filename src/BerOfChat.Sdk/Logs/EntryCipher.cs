using System.Security.Cryptography;
using BerOfChat.Cryptography;

namespace BerOfChat.Logs;

/// <summary>Seals the payload of an entry under the key of an epoch.</summary>
/// <remarks>
/// Each entry has a key of its own, derived from the epoch's key, a random salt and everything in the header but the payload's length and hash.
/// So the nonce may be zero, and two copies of one profile that write the same sequence number still use different keys.
/// </remarks>
internal static class EntryCipher
{
    /// <summary>The key of one entry, 32 bytes. The caller zeroes it.</summary>
    public static void DeriveKey(ReadOnlySpan<byte> epochKey, UInt128 salt, ReadOnlySpan<byte> associatedData, Span<byte> key)
    {
        Span<byte> saltBytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(saltBytes, salt);
        Span<byte> info = stackalloc byte[s_label.Length + SHA256.HashSizeInBytes];
        s_label.CopyTo(info);
        SHA256.HashData(associatedData, info[s_label.Length..]);
        Hkdf.DeriveKey(saltBytes, epochKey, info, key);
    }

    /// <summary>Seals a padded payload. <paramref name="header"/> must be complete but for the payload's length and hash.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> epochKey, EntryHeader header, ReadOnlySpan<byte> plaintext)
    {
        byte[] associatedData = new byte[header.Size - EntryHeader.PayloadFieldsSize];
        header.WriteWithoutPayloadFields(associatedData);
        byte[] payload = new byte[plaintext.Length + Aes256Gcm.TagSize];
        Span<byte> key = stackalloc byte[Aes256Gcm.KeySize];
        DeriveKey(epochKey, header.Salt, associatedData, key);
        using var cipher = new Aes256Gcm(key);
        CryptographicOperations.ZeroMemory(key);
        cipher.Seal(stackalloc byte[Aes256Gcm.NonceSize], associatedData, plaintext, payload);
        return payload;
    }

    /// <summary>Opens the payload of an entry. False when the key is not the one that sealed it, or anything was changed.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> epochKey, LogEntry entry, out byte[] plaintext)
    {
        plaintext = [];
        if (entry.Payload.Length < Aes256Gcm.TagSize) return false;
        ReadOnlySpan<byte> associatedData = entry.HeaderBytes.Span[..^EntryHeader.PayloadFieldsSize];
        byte[] opened = new byte[entry.Payload.Length - Aes256Gcm.TagSize];
        Span<byte> key = stackalloc byte[Aes256Gcm.KeySize];
        DeriveKey(epochKey, entry.Header.Salt, associatedData, key);
        using var cipher = new Aes256Gcm(key);
        CryptographicOperations.ZeroMemory(key);
        if (!cipher.TryOpen(stackalloc byte[Aes256Gcm.NonceSize], associatedData, entry.Payload.Span, opened)) return false;
        plaintext = opened;
        return true;
    }

    private static readonly byte[] s_label = "BerOfChat/1 entry"u8.ToArray();
}
