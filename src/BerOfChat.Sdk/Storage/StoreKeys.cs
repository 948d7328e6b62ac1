using System.Security.Cryptography;
using BerOfChat.Cryptography;

namespace BerOfChat.Storage;

/// <summary>What the master key is for: it is never used itself, only these are derived from it. Zeroed when disposed.</summary>
internal sealed class StoreKeys : IDisposable
{
    private readonly byte[] _index = new byte[KeySize];
    private readonly byte[] _meta = new byte[KeySize];

    public StoreKeys(ReadOnlySpan<byte> storeId, ReadOnlySpan<byte> masterKey)
    {
        Hkdf.DeriveKey(storeId, masterKey, "BerOfChat/1 store meta"u8, _meta);
        Hkdf.DeriveKey(storeId, masterKey, "BerOfChat/1 store index"u8, _index);
    }

    /// <summary>Seals what belongs to no room, and the keys of the rooms.</summary>
    public ReadOnlySpan<byte> Meta => _meta;

    /// <summary>Where a room's rows are: 16 bytes that say nothing about it.</summary>
    public byte[] PartitionOf(RoomId room)
    {
        Span<byte> id = stackalloc byte[RoomId.Size];
        room.CopyTo(id);
        return HMACSHA256.HashData(_index, id)[..StoreKey.PartitionSize];
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_index);
        CryptographicOperations.ZeroMemory(_meta);
    }

    private const int KeySize = 32;
}
