using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Storage;

/// <summary>One room's records: sealed under the room's own key, found under blinded tags.</summary>
internal sealed class RoomStore : IDisposable
{
    private readonly IMessageStore _store;
    private readonly byte[] _partition;
    private readonly byte[] _roomKey;
    private readonly byte[] _indexKey = new byte[32];
    private readonly RowCipher _cipher;
    private readonly Lock _lock = new();
    private readonly Func<RoomId, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, (StoreKey Key, byte[] Row)> _sealRoomRow;
    private bool _isDisposed;

    public RoomStore(
        IMessageStore store,
        RoomId id,
        byte[] partition,
        byte[] roomKey,
        ReadOnlyMemory<byte> state,
        Func<RoomId, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, (StoreKey Key, byte[] Row)> sealRoomRow,
        IRandomSource random)
    {
        _store = store;
        _partition = partition;
        _roomKey = roomKey;
        _sealRoomRow = sealRoomRow;
        _cipher = new RowCipher(roomKey, random);
        Hkdf.DeriveKey(partition, roomKey, "BerOfChat/1 room index"u8, _indexKey);
        Id = id;
        State = state;
    }

    public RoomId Id { get; }

    /// <summary>The room's state as it was last made durable.</summary>
    public ReadOnlyMemory<byte> State { get; private set; }

    /// <summary>Makes all of it durable, or nothing.</summary>
    public async ValueTask CommitAsync(IReadOnlyList<RoomRecordWrite> writes, ReadOnlyMemory<byte>? state, StoreDurability durability, CancellationToken cancellationToken)
    {
        var batch = new StoreBatch();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (state is { } newState)
            {
                (StoreKey key, byte[] row) = _sealRoomRow(Id, _roomKey, newState);
                batch.Put(key, row);
            }

            foreach (RoomRecordWrite write in writes)
            {
                StoreKey key = PlaceOf(write.Key);
                if (write.Value is not { } value) batch.Delete(key);
                else if (write.MustBeNew) batch.Insert(key, _cipher.Seal(key, value.Span));
                else batch.Put(key, _cipher.Seal(key, value.Span));
            }
        }

        await _store.CommitAsync(batch, durability, cancellationToken).ConfigureAwait(false);
        if (state is { } durable) State = durable;
    }

    /// <summary>Every record of one table, opened, in the order of row ids: entries of one log ascend, positions ascend.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.StoreCorrupt"/> when a record does not open.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(StoreTable table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (StoreRecord record in StoreScan.ReadAsync(_store, table, _partition, cancellationToken).ConfigureAwait(false))
        {
            byte[] value;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                value = _cipher.Open(new StoreKey((byte)table, _partition, record.RowId), record.Value.Span);
            }

            yield return value;
        }
    }

    /// <summary>The same in one list.</summary>
    public async Task<List<ReadOnlyMemory<byte>>> ReadAllAsync(StoreTable table, CancellationToken cancellationToken)
    {
        List<ReadOnlyMemory<byte>> rows = [];
        await foreach (ReadOnlyMemory<byte> row in ReadAsync(table, cancellationToken).ConfigureAwait(false)) rows.Add(row);
        return rows;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            _cipher.Dispose();
            CryptographicOperations.ZeroMemory(_roomKey);
            CryptographicOperations.ZeroMemory(_indexKey);
        }
    }

    private StoreKey PlaceOf(RoomRecordKey key)
    {
        byte[] rowId = key.Table switch
        {
            StoreTable.Entries => [.. TagOf(key.Name), .. BigEndian(key.Sequence)],
            StoreTable.Positions => BigEndian(key.Number),
            StoreTable.Order => [.. BigEndian(key.Number), .. TagOf(key.Name), .. BigEndian(key.Sequence)],
            StoreTable.EpochKeys or StoreTable.Invites => TagOf(key.Name),
            _ => throw new ArgumentException("Rooms have no such table.", nameof(key)),
        };
        return new StoreKey((byte)key.Table, _partition, rowId);
    }

    private byte[] TagOf(Bytes32 name) => HMACSHA256.HashData(_indexKey, name.ToArray())[..TagSize];

    private static byte[] BigEndian(ulong value)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    private const int TagSize = 16;
}
