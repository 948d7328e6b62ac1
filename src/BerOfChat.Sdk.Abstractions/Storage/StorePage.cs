namespace BerOfChat;

/// <summary>A part of a range.</summary>
/// <param name="Records">The records, in the range's direction.</param>
/// <param name="HasMore">Whether the range goes on after the last record.</param>
public sealed record StorePage(IReadOnlyList<StoreRecord> Records, bool HasMore);

/// <summary>One record of a store.</summary>
/// <param name="RowId">Its row id.</param>
/// <param name="Value">Its sealed bytes.</param>
public readonly record struct StoreRecord(ReadOnlyMemory<byte> RowId, ReadOnlyMemory<byte> Value);
