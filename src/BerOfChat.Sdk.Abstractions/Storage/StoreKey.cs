namespace BerOfChat;

/// <summary>Names a record: its table, a partition (one for each room; zeros for what belongs to none) and a row id.</summary>
public readonly struct StoreKey : IEquatable<StoreKey>, IComparable<StoreKey>
{
    /// <summary>The size of a partition in bytes.</summary>
    public const int PartitionSize = 16;

    /// <summary>The largest row id in bytes.</summary>
    public const int MaxRowIdSize = 64;

    /// <summary>Creates a key; the memory is kept, not copied.</summary>
    /// <param name="table">The table's number.</param>
    /// <param name="partition"><see cref="PartitionSize"/> bytes.</param>
    /// <param name="rowId">At most <see cref="MaxRowIdSize"/> bytes.</param>
    public StoreKey(byte table, ReadOnlyMemory<byte> partition, ReadOnlyMemory<byte> rowId)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(partition.Length, PartitionSize, nameof(partition));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rowId.Length, MaxRowIdSize, nameof(rowId));
        Table = table;
        Partition = partition;
        RowId = rowId;
    }

    /// <summary>The table's number.</summary>
    public byte Table { get; }

    /// <summary>The partition, <see cref="PartitionSize"/> bytes.</summary>
    public ReadOnlyMemory<byte> Partition { get; }

    /// <summary>The row id, at most <see cref="MaxRowIdSize"/> bytes.</summary>
    public ReadOnlyMemory<byte> RowId { get; }

    /// <summary>Whether both keys name the same record.</summary>
    public static bool operator ==(StoreKey left, StoreKey right) => left.Equals(right);

    /// <summary>Whether the keys name different records.</summary>
    public static bool operator !=(StoreKey left, StoreKey right) => !left.Equals(right);

    /// <summary>Whether <paramref name="left"/> comes first.</summary>
    public static bool operator <(StoreKey left, StoreKey right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes last.</summary>
    public static bool operator >(StoreKey left, StoreKey right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> comes first or is the same.</summary>
    public static bool operator <=(StoreKey left, StoreKey right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> comes last or is the same.</summary>
    public static bool operator >=(StoreKey left, StoreKey right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public int CompareTo(StoreKey other)
    {
        int order = Table.CompareTo(other.Table);
        if (order == 0) order = Partition.Span.SequenceCompareTo(other.Partition.Span);
        return order != 0 ? order : RowId.Span.SequenceCompareTo(other.RowId.Span);
    }

    /// <inheritdoc/>
    public bool Equals(StoreKey other) => CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StoreKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Table);
        hash.AddBytes(Partition.Span);
        hash.AddBytes(RowId.Span);
        return hash.ToHashCode();
    }
}
