using System.Security.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>The epoch keys that this device holds. Each matches its epoch's commitment. Zeroed when disposed.</summary>
internal sealed class EpochKeyring(Bytes32 room) : IDisposable
{
    public const int KeySize = 32;

    private readonly Dictionary<Bytes32, byte[]> _keys = [];

    /// <summary>What an EPOCH entry carries: the hash that binds it to one key.</summary>
    public Bytes32 Commit(ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = stackalloc byte[s_label.Length + Bytes32.Size + KeySize];
        s_label.CopyTo(bytes);
        room.CopyTo(bytes[s_label.Length..]);
        key.CopyTo(bytes[(s_label.Length + Bytes32.Size)..]);
        Bytes32 commitment = Bytes32.Read(SHA256.HashData(bytes));
        CryptographicOperations.ZeroMemory(bytes);
        return commitment;
    }

    public int Count => _keys.Count;

    public bool Holds(Bytes32 epoch) => _keys.ContainsKey(epoch);

    public ReadOnlyMemory<byte>? Find(Bytes32 epoch) => _keys.TryGetValue(epoch, out byte[]? key) ? key : (ReadOnlyMemory<byte>?)null;

    /// <summary>Takes a key that matches the commitment. False when it does not, or is held already.</summary>
    public bool TryAdd(Epoch epoch, ReadOnlySpan<byte> key) =>
        key.Length == KeySize && Commit(key) == epoch.Commitment && _keys.TryAdd(epoch.Id, key.ToArray());

    /// <summary>The row of the store: epoch ‖ key.</summary>
    public byte[] ToRow(Bytes32 epoch) => [.. epoch.ToArray(), .. _keys[epoch]];

    public void Dispose()
    {
        foreach (byte[] key in _keys.Values) CryptographicOperations.ZeroMemory(key);
        _keys.Clear();
    }

    private static readonly byte[] s_label = "BerOfChat/1 epoch"u8.ToArray();
}
