namespace BerOfChat;

/// <summary>A store that lives as long as the object. For tests and for conversations that should leave no trace.</summary>
/// <remarks>Disposing it ends its use, not its content: it may be opened again by the next client.</remarks>
public sealed class InMemoryMessageStore : IMessageStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<StoreKey, byte[]> _records = [];
    private bool _isOpen;

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_isOpen) throw new BerOfChatException(BerOfChatErrorCode.StoreLocked, "This store is in use by another client. Close that one first.");
            _isOpen = true;
            return default;
        }
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(StoreBatch batch, StoreDurability durability, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ThrowIfClosed();
            HashSet<StoreKey> present = [];
            HashSet<StoreKey> removed = [];
            foreach (StoreOperation operation in batch.Operations)
            {
                bool exists = present.Contains(operation.Key) || (_records.ContainsKey(operation.Key) && !removed.Contains(operation.Key));
                if (operation.Kind == StoreOperationKind.Insert && exists)
                    throw new BerOfChatException(BerOfChatErrorCode.StoreConflict, "A record that may be written once only exists already. Nothing of the batch was written.");
                if (operation.Kind == StoreOperationKind.Delete)
                {
                    present.Remove(operation.Key);
                    removed.Add(operation.Key);
                }
                else
                {
                    present.Add(operation.Key);
                }
            }

            foreach (StoreOperation operation in batch.Operations)
            {
                if (operation.Kind == StoreOperationKind.Delete) _records.Remove(operation.Key);
                else _records[Copy(operation.Key)] = operation.Value.ToArray();
            }

            return default;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(StoreKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ThrowIfClosed();
            return new ValueTask<ReadOnlyMemory<byte>?>(_records.TryGetValue(key, out byte[]? value) ? value : (ReadOnlyMemory<byte>?)null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorePage> ReadAsync(StoreRange range, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(range);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ThrowIfClosed();
            IEnumerable<KeyValuePair<StoreKey, byte[]>> matching = _records.Where(record => IsInside(range, record.Key));
            if (range.Descending) matching = matching.Reverse();
            List<StoreRecord> records = [.. matching.Take(limit + 1).Select(record => new StoreRecord(record.Key.RowId, record.Value))];
            bool hasMore = records.Count > limit;
            if (hasMore) records.RemoveAt(limit);
            return new ValueTask<StorePage>(new StorePage(records, hasMore));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_lock) _isOpen = false;
        return default;
    }

    private static bool IsInside(StoreRange range, StoreKey key) =>
        key.Table == range.Table && key.Partition.Span.SequenceEqual(range.Partition.Span)
        && (range.From is not { } from || key.RowId.Span.SequenceCompareTo(from.Span) >= 0)
        && (range.To is not { } to || key.RowId.Span.SequenceCompareTo(to.Span) < 0);

    private static StoreKey Copy(StoreKey key) => new(key.Table, key.Partition.ToArray(), key.RowId.ToArray());

    private void ThrowIfClosed()
    {
        if (!_isOpen) throw new BerOfChatException(BerOfChatErrorCode.Closed, "The store is not open.");
    }
}
