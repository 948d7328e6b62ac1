using BerOfChat;

namespace CustomStore;

/// <summary>A store in one plain file: a journal of batches, read into memory when it is opened. A batch is there whole or not at all, however the process ends.</summary>
public sealed class JournalStore(string path) : IMessageStore
{
    private readonly SortedDictionary<StoreKey, byte[]> _records = [];
    private FileStream? _lock;
    private FileStream? _journal;

    public ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_records)
        {
            if (_journal is not null) throw Locked(null);
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
                _lock = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);    // the system releases it however the process ends
                _journal = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            }
            catch (IOException e) when (_lock is null && File.Exists(path + ".lock"))
            {
                throw Locked(e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Close();
                throw new BerOfChatException(BerOfChatErrorCode.StoreUnavailable, "The journal cannot be opened. Check the permissions of its folder.", innerException: e);
            }

            try
            {
                Replay(_journal);
            }
            catch
            {
                Close();
                throw;
            }
        }

        return default;
    }

    public ValueTask CommitAsync(StoreBatch batch, StoreDurability durability, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_records)     // commits take effect in the order in which they were called
        {
            FileStream journal = _journal ?? throw Closed();
            JournalFrame.ThrowIfConflict(batch, _records);
            long end = journal.Position;
            try
            {
                journal.Write(JournalFrame.Create(batch));
                journal.Flush(flushToDisk: durability == StoreDurability.Power);
            }
            catch (IOException e)
            {
                // Nothing of a batch that failed may be in the way of the next one.
                journal.SetLength(end);
                journal.Position = end;
                throw new BerOfChatException(BerOfChatErrorCode.StoreUnavailable, "The journal cannot be written. Is the disk full?", isTransient: true, e);
            }

            JournalFrame.Apply(batch.Operations, _records);
        }

        return default;
    }

    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(StoreKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_records)
        {
            if (_journal is null) throw Closed();
            return new(_records.TryGetValue(key, out byte[]? value) ? value : (ReadOnlyMemory<byte>?)null);
        }
    }

    public ValueTask<StorePage> ReadAsync(StoreRange range, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(range);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_records)
        {
            if (_journal is null) throw Closed();
            IEnumerable<StoreRecord> found = _records.Where(record => IsInside(range, record.Key)).Select(record => new StoreRecord(record.Key.RowId, record.Value));
            List<StoreRecord> page = [.. (range.Descending ? found.Reverse() : found).Take(limit + 1)];
            return new(new StorePage([.. page.Take(limit)], HasMore: page.Count > limit));
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_records) Close();
        return default;
    }

    /// <summary>Reads every whole batch. The last one may be torn where a process died while it wrote: it was never confirmed, and is cut off.</summary>
    private void Replay(FileStream journal)
    {
        byte[] bytes = new byte[journal.Length];
        journal.ReadExactly(bytes);
        int end = 0;
        while (JournalFrame.TryRead(bytes.AsMemory(end), out int size, out List<StoreOperation>? operations))
        {
            JournalFrame.Apply(operations, _records);
            end += size;
        }

        if (JournalFrame.IsFollowedByAnother(bytes.AsSpan(end)))
            throw new BerOfChatException(BerOfChatErrorCode.StoreCorrupt, "The journal is damaged in its middle. Restore it from a backup.");
        journal.SetLength(end);
        journal.Position = end;
    }

    private static bool IsInside(StoreRange range, StoreKey key) =>
        key.Table == range.Table && key.Partition.Span.SequenceEqual(range.Partition.Span)
        && (range.From is not { } lowest || key.RowId.Span.SequenceCompareTo(lowest.Span) >= 0)
        && (range.To is not { } end || key.RowId.Span.SequenceCompareTo(end.Span) < 0);

    private void Close()
    {
        _journal?.Dispose();
        _lock?.Dispose();
        (_journal, _lock) = (null, null);
        _records.Clear();
    }

    private static BerOfChatException Closed() => new(BerOfChatErrorCode.Closed, "The store is not open.");

    private static BerOfChatException Locked(Exception? cause) =>
        new(BerOfChatErrorCode.StoreLocked, "Another process or client has this journal open. Close that one first.", innerException: cause);
}
