namespace BerOfChat.Rooms;

/// <summary>A room as the store holds it.</summary>
/// <param name="State">Its state row.</param>
/// <param name="Entries">Rows of entries; those of one log ascend.</param>
/// <param name="Positions">Rows of positions, ascending.</param>
/// <param name="EpochKeys">Rows of epoch keys.</param>
internal sealed record RoomRows(
    ReadOnlyMemory<byte> State,
    IReadOnlyList<ReadOnlyMemory<byte>> Entries,
    IReadOnlyList<ReadOnlyMemory<byte>> Positions,
    IReadOnlyList<ReadOnlyMemory<byte>> EpochKeys);
