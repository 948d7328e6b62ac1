using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Storage;

/// <summary>A profile in a store: opens it with a password and gives its parts in clear. Owns the store from then on.</summary>
internal sealed class ProfileStore : IAsyncDisposable
{
    private readonly IMessageStore _store;
    private readonly IRandomSource _random;
    private readonly StoreKeys _keys;
    private readonly RowCipher _meta;
    private readonly Lock _cipherLock = new();
    private readonly List<RoomStore> _rooms = [];

    private ProfileStore(IMessageStore store, IRandomSource random, StoreKeys keys)
    {
        _store = store;
        _random = random;
        _keys = keys;
        _meta = new RowCipher(keys.Meta, random);
    }

    /// <summary>Opens the profile, or makes one in an empty store.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.WrongPassword"/> (nothing was changed), or why the store does not open.</exception>
    public static async ValueTask<ProfileStore> OpenAsync(
        IMessageStore store, Unlock unlock, IRandomSource random, KeySlotCost newProfileCost, CancellationToken cancellationToken)
    {
        await store.OpenAsync(cancellationToken).ConfigureAwait(false);
        byte[] masterKey = new byte[KeySlot.MasterKeySize];
        byte[] password = unlock.CopyPassword();
        try
        {
            ReadOnlyMemory<byte>? header = await store.GetAsync(s_headerKey, cancellationToken).ConfigureAwait(false);
            byte[] storeId = header is { } existing
                ? await OpenHeaderAsync(existing, password, masterKey, cancellationToken).ConfigureAwait(false)
                : await CreateHeaderAsync(store, password, masterKey, newProfileCost, random, cancellationToken).ConfigureAwait(false);
            return new ProfileStore(store, random, new StoreKeys(storeId, masterKey));
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(masterKey);
            CryptographicOperations.ZeroMemory(password);
        }
    }

    /// <summary>The profile's row, or null in a new profile. The caller zeroes it.</summary>
    public async ValueTask<byte[]?> ReadProfileAsync(CancellationToken cancellationToken) =>
        await _store.GetAsync(s_profileKey, cancellationToken).ConfigureAwait(false) is { } row ? Open(s_profileKey, row.Span) : null;

    public ValueTask WriteProfileAsync(ReadOnlyMemory<byte> profile, CancellationToken cancellationToken) => PutAsync(s_profileKey, profile, cancellationToken);

    /// <summary>Remembers that an invitation was accepted, so that a restart goes on joining.</summary>
    public ValueTask WritePendingJoinAsync(UInt128 inviteId, ReadOnlyMemory<byte> value, CancellationToken cancellationToken) =>
        PutAsync(PendingJoinKey(inviteId), value, cancellationToken);

    public ValueTask DeletePendingJoinAsync(UInt128 inviteId, CancellationToken cancellationToken)
    {
        var batch = new StoreBatch();
        batch.Delete(PendingJoinKey(inviteId));
        return _store.CommitAsync(batch, StoreDurability.Power, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<byte[]>> ReadPendingJoinsAsync(CancellationToken cancellationToken)
    {
        List<byte[]> joins = [];
        await foreach (StoreRecord record in StoreScan.ReadAsync(_store, StoreTable.Invites, s_noPartition, cancellationToken).ConfigureAwait(false))
            joins.Add(Open(new StoreKey((byte)StoreTable.Invites, s_noPartition, record.RowId), record.Value.Span));
        return joins;
    }

    /// <summary>Makes place for a room. Nothing is written before its first commit, which carries its state.</summary>
    public RoomStore CreateRoom(RoomId id)
    {
        byte[] key = new byte[RoomKeySize];
        _random.Fill(key);
        return AddRoom(id, key, default);
    }

    public async ValueTask<IReadOnlyList<RoomStore>> OpenRoomsAsync(CancellationToken cancellationToken)
    {
        List<RoomStore> rooms = [];
        await foreach (StoreRecord record in StoreScan.ReadAsync(_store, StoreTable.Rooms, s_noPartition, cancellationToken).ConfigureAwait(false))
        {
            byte[] row = Open(new StoreKey((byte)StoreTable.Rooms, s_noPartition, record.RowId), record.Value.Span);
            if (row.Length < RoomId.Size + RoomKeySize)
                throw new BerOfChatException(BerOfChatErrorCode.StoreCorrupt, "A record of this profile is damaged. Restore the file from a backup.");
            rooms.Add(AddRoom(new RoomId(row.AsSpan(0, RoomId.Size)), row.AsSpan(RoomId.Size, RoomKeySize).ToArray(), row.AsMemory(RoomId.Size + RoomKeySize)));
        }

        return rooms;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync().ConfigureAwait(false);
        foreach (RoomStore room in _rooms) room.Dispose();
        _meta.Dispose();
        _keys.Dispose();
    }

    private RoomStore AddRoom(RoomId id, byte[] key, ReadOnlyMemory<byte> state)
    {
        var room = new RoomStore(_store, id, _keys.PartitionOf(id), key, state, SealRoomRow, _random);
        _rooms.Add(room);
        return room;
    }

    private (StoreKey Key, byte[] Row) SealRoomRow(RoomId id, ReadOnlyMemory<byte> roomKey, ReadOnlyMemory<byte> state)
    {
        byte[] row = new byte[RoomId.Size + RoomKeySize + state.Length];
        id.CopyTo(row);
        roomKey.CopyTo(row.AsMemory(RoomId.Size));
        state.CopyTo(row.AsMemory(RoomId.Size + RoomKeySize));
        var key = new StoreKey((byte)StoreTable.Rooms, s_noPartition, _keys.PartitionOf(id));
        lock (_cipherLock)
        {
            byte[] sealedRow = _meta.Seal(key, row);
            CryptographicOperations.ZeroMemory(row);
            return (key, sealedRow);
        }
    }

    private ValueTask PutAsync(StoreKey key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken)
    {
        var batch = new StoreBatch();
        lock (_cipherLock) batch.Put(key, _meta.Seal(key, value.Span));
        return _store.CommitAsync(batch, StoreDurability.Power, cancellationToken);
    }

    private byte[] Open(StoreKey key, ReadOnlySpan<byte> row)
    {
        lock (_cipherLock) return _meta.Open(key, row);
    }

    private static async Task<byte[]> OpenHeaderAsync(ReadOnlyMemory<byte> header, byte[] password, byte[] masterKey, CancellationToken cancellationToken)
    {
        if (header.Length > 0 && header.Span[0] > HeaderVersion)
            throw new BerOfChatException(BerOfChatErrorCode.StoreVersion, "This profile was written by a newer version. Update the application to open it.");
        if (header.Length != 1 + StoreIdSize + KeySlot.Size || header.Span[0] != HeaderVersion || !KeySlot.TryParse(header.Span[(1 + StoreIdSize)..], out KeySlot? slot))
            throw new BerOfChatException(BerOfChatErrorCode.StoreCorrupt, "The key slot of this profile is damaged. Restore the file from a backup.");
        byte[] storeId = header.Slice(1, StoreIdSize).ToArray();
        bool isOpen = await Task.Run(() => slot.TryOpen(storeId, password, masterKey), cancellationToken).ConfigureAwait(false);
        if (!isOpen) throw new BerOfChatException(BerOfChatErrorCode.WrongPassword, "The password does not open this profile. Nothing was changed.");
        return storeId;
    }

    private static async Task<byte[]> CreateHeaderAsync(
        IMessageStore store, byte[] password, byte[] masterKey, KeySlotCost cost, IRandomSource random, CancellationToken cancellationToken)
    {
        byte[] storeId = new byte[StoreIdSize];
        random.Fill(storeId);
        random.Fill(masterKey);
        KeySlot slot = await Task.Run(() => KeySlot.Create(storeId, password, masterKey, cost, random), cancellationToken).ConfigureAwait(false);
        var batch = new StoreBatch();
        batch.Insert(s_headerKey, new byte[] { HeaderVersion }.Concat(storeId).Concat(slot.Bytes.ToArray()).ToArray());
        await store.CommitAsync(batch, StoreDurability.Power, cancellationToken).ConfigureAwait(false);
        return storeId;
    }

    private static StoreKey PendingJoinKey(UInt128 inviteId)
    {
        byte[] id = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(id, inviteId);
        return new StoreKey((byte)StoreTable.Invites, s_noPartition, id);
    }

    private const byte HeaderVersion = 1;
    private const int StoreIdSize = 16;
    private const int RoomKeySize = 32;

    private static readonly byte[] s_noPartition = new byte[StoreKey.PartitionSize];
    private static readonly StoreKey s_headerKey = new((byte)StoreTable.Header, s_noPartition, Array.Empty<byte>());
    private static readonly StoreKey s_profileKey = new((byte)StoreTable.Profile, s_noPartition, Array.Empty<byte>());
}
