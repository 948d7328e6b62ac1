namespace BerOfChat;

/// <summary>Operations that take effect together, in order. Built by one thread, then handed to <see cref="IMessageStore.CommitAsync"/>.</summary>
public sealed class StoreBatch
{
    private readonly List<StoreOperation> _operations = [];

    /// <summary>The operations in the order in which they were added.</summary>
    public IReadOnlyList<StoreOperation> Operations => _operations;

    /// <summary>Writes a record that must not exist yet; if it does, the whole batch fails.</summary>
    public void Insert(StoreKey key, ReadOnlyMemory<byte> value) => _operations.Add(new StoreOperation(StoreOperationKind.Insert, key, value));

    /// <summary>Writes a record, replacing one that exists.</summary>
    public void Put(StoreKey key, ReadOnlyMemory<byte> value) => _operations.Add(new StoreOperation(StoreOperationKind.Put, key, value));

    /// <summary>Removes a record, if it exists.</summary>
    public void Delete(StoreKey key) => _operations.Add(new StoreOperation(StoreOperationKind.Delete, key, default));
}

/// <summary>One operation of a <see cref="StoreBatch"/>.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Key">The record.</param>
/// <param name="Value">Its sealed bytes; empty for a deletion.</param>
public readonly record struct StoreOperation(StoreOperationKind Kind, StoreKey Key, ReadOnlyMemory<byte> Value);

/// <summary>The kinds of <see cref="StoreOperation"/>.</summary>
public enum StoreOperationKind
{
    /// <summary>Write a record that must not exist yet.</summary>
    Insert,

    /// <summary>Write a record, replacing one that exists.</summary>
    Put,

    /// <summary>Remove a record, if it exists.</summary>
    Delete,
}
