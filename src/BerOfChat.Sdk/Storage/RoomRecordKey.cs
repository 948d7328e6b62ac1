using System.Buffers.Binary;
using BerOfChat.Primitives;

namespace BerOfChat.Storage;

/// <summary>Names a record of one room before sealing: the store turns logs into blinded tags and the numbers into row ids.</summary>
internal readonly record struct RoomRecordKey
{
    private RoomRecordKey(StoreTable table, Bytes32 name, ulong number, ulong sequence)
    {
        Table = table;
        Name = name;
        Number = number;
        Sequence = sequence;
    }

    public StoreTable Table { get; }

    /// <summary>The log of an entry or order record, the id of an epoch, an invite's id followed by zeros; zero for a position.</summary>
    public Bytes32 Name { get; }

    /// <summary>The position, or the order number s; zero otherwise.</summary>
    public ulong Number { get; }

    /// <summary>The sequence number within the log; zero otherwise.</summary>
    public ulong Sequence { get; }

    public static RoomRecordKey Entry(Bytes32 log, ulong sequence) => new(StoreTable.Entries, log, 0, sequence);

    public static RoomRecordKey Position(ulong position) => new(StoreTable.Positions, default, position, 0);

    public static RoomRecordKey Order(ulong order, Bytes32 log, ulong sequence) => new(StoreTable.Order, log, order, sequence);

    public static RoomRecordKey EpochKey(Bytes32 epoch) => new(StoreTable.EpochKeys, epoch, 0, 0);

    public static RoomRecordKey Invite(UInt128 inviteId)
    {
        Span<byte> name = stackalloc byte[Bytes32.Size];
        BinaryPrimitives.WriteUInt128BigEndian(name, inviteId);
        return new RoomRecordKey(StoreTable.Invites, Bytes32.Read(name), 0, 0);
    }
}
