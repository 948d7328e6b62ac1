using System.Buffers.Binary;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Storage;

/// <summary>Seals rows under one key. A row opens only in the table, partition and place for which it was sealed. Not safe for concurrent use.</summary>
internal sealed class RowCipher(ReadOnlySpan<byte> key, IRandomSource random) : IDisposable
{
    private readonly Aes256Gcm _cipher = new(key);

    /// <summary>What sealing adds to a row, in bytes.</summary>
    public const int Overhead = HeaderSize + Aes256Gcm.NonceSize + Aes256Gcm.TagSize;

    public byte[] Seal(StoreKey place, ReadOnlySpan<byte> plaintext)
    {
        byte[] row = new byte[plaintext.Length + Overhead];
        row[0] = Version;
        BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(1), Schema);
        BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(3), KeyId);
        Span<byte> nonce = row.AsSpan(HeaderSize, Aes256Gcm.NonceSize);
        random.Fill(nonce);
        _cipher.Seal(nonce, AssociatedData(place, row), plaintext, row.AsSpan(HeaderSize + Aes256Gcm.NonceSize));
        return row;
    }

    /// <summary>Opens a row.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.StoreVersion"/> or <see cref="BerOfChatErrorCode.StoreCorrupt"/>.</exception>
    public byte[] Open(StoreKey place, ReadOnlySpan<byte> row)
    {
        if (row.Length >= Overhead && (row[0] > Version || BinaryPrimitives.ReadUInt16BigEndian(row[1..]) > Schema))
            throw new BerOfChatException(BerOfChatErrorCode.StoreVersion, "This profile was written by a newer version. Update the application to open it.");
        byte[] plaintext = new byte[Math.Max(0, row.Length - Overhead)];
        if (row.Length < Overhead || !_cipher.TryOpen(row.Slice(HeaderSize, Aes256Gcm.NonceSize), AssociatedData(place, row), row[(HeaderSize + Aes256Gcm.NonceSize)..], plaintext))
            throw new BerOfChatException(BerOfChatErrorCode.StoreCorrupt, "A record of this profile is damaged or was changed from outside. Restore the file from a backup.");
        return plaintext;
    }

    public void Dispose() => _cipher.Dispose();

    private static byte[] AssociatedData(StoreKey place, ReadOnlySpan<byte> row) => [place.Table, .. place.Partition.Span, .. row[..HeaderSize], .. place.RowId.Span];

    private const byte Version = 1;
    private const ushort Schema = 1;
    private const ushort KeyId = 0;
    private const int HeaderSize = 5;
}
