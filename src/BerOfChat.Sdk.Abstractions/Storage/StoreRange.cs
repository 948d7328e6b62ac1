namespace BerOfChat;

/// <summary>The records of one table and partition whose row ids lie between two bounds.</summary>
public sealed record StoreRange
{
    /// <summary>The table's number.</summary>
    public required byte Table { get; init; }

    /// <summary>The partition, <see cref="StoreKey.PartitionSize"/> bytes.</summary>
    public required ReadOnlyMemory<byte> Partition { get; init; }

    /// <summary>The lowest row id, included; null for no bound.</summary>
    public ReadOnlyMemory<byte>? From { get; init; }

    /// <summary>The row id above the highest, excluded; null for no bound.</summary>
    public ReadOnlyMemory<byte>? To { get; init; }

    /// <summary>Whether the highest row id comes first.</summary>
    public bool Descending { get; init; }
}
