namespace BerOfChat.Sdk.Tests.Contracts;

/// <summary>The ways in which a store gets it wrong.</summary>
internal enum StoreFault
{
    None,
    ForgetsDeletions,
    MixesPartitions,
    MixesTablesInRanges,
    CutsLargeValues,
    CommitsUpToTheConflict,
    LooksForConflictsOnlyBeforeTheBatch,
    AppliesDeletionsLast,
    RefusesEmptyBatches,
    KeepsTheFirstThousand,
    ReordersCommits,
    LetsAConflictFailTheNextCommit,
    ShowsHalfBatches,
    OrdersBySignedBytes,
    IncludesTheUpperBound,
    SaysThereIsMoreWhenThePageIsFull,
    KeepsTheCallersMemory,
    OverwritesWhatWasRead,
    IgnoresCancellation,
    StopsHalfwayWhenCancelled,
    ForgetsOnClosing,
    AnswersWhenClosed,
    ThrowsAtTheSecondDisposal,
    ConfirmsBeforeItWrites,
    TakesNoLock,
    AcceptsAnyArgument,
    WritesLater,
    LeavesConflictsInTheFile,
    StartsAfreshAfterAKill,
}

/// <summary>A store in memory with one fault. Without one it keeps the contract, which a test shows.</summary>
internal sealed class BrokenStore(StoreFault fault, BrokenStore.Content content) : IMessageStore
{
    private bool _isOpen;
    private bool _wasDisposed;
    private bool _failNext;
    private Task _writing = Task.CompletedTask;

    public Content Kept => content;

    public ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        Check(cancellationToken);
        lock (content)
        {
            if (content.IsLocked && fault != StoreFault.TakesNoLock) throw Error(BerOfChatErrorCode.StoreLocked);
            content.IsLocked = _isOpen = true;
            return default;
        }
    }

    public async ValueTask CommitAsync(StoreBatch batch, StoreDurability durability, CancellationToken cancellationToken = default)
    {
        if (fault != StoreFault.AcceptsAnyArgument) ArgumentNullException.ThrowIfNull(batch);
        Check(cancellationToken);
        if (fault == StoreFault.ReordersCommits && Interlocked.Increment(ref content.Commits) % 2 == 1) await Task.Delay(20, CancellationToken.None);
        if (fault is StoreFault.ShowsHalfBatches or StoreFault.StopsHalfwayWhenCancelled)
        {
            foreach (StoreOperation operation in batch.Operations)
            {
                lock (content) Apply([operation]);
                if (fault == StoreFault.ShowsHalfBatches) await Task.Delay(1, CancellationToken.None);
                else await Task.Yield();
                if (fault == StoreFault.StopsHalfwayWhenCancelled) cancellationToken.ThrowIfCancellationRequested();
            }

            return;
        }

        lock (content)
        {
            ThrowIfClosed();
            if (fault == StoreFault.ConfirmsBeforeItWrites)
            {
                StoreOperation[] operations = [.. batch.Operations];
                _writing = _writing.ContinueWith(
                    async _ =>
                    {
                        await Task.Delay(1);
                        lock (content)
                        {
                            if (_isOpen) Apply(operations);
                        }
                    },
                    TaskScheduler.Default).Unwrap();
                return;
            }

            if (batch is not null) Apply([.. batch.Operations]);
        }
    }

    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(StoreKey key, CancellationToken cancellationToken = default)
    {
        Check(cancellationToken);
        lock (content)
        {
            ThrowIfClosed();
            return new(content.Records.TryGetValue(Place(key), out Memory<byte> value) ? value : (ReadOnlyMemory<byte>?)null);
        }
    }

    public ValueTask<StorePage> ReadAsync(StoreRange range, int limit, CancellationToken cancellationToken = default)
    {
        if (fault != StoreFault.AcceptsAnyArgument)
        {
            ArgumentNullException.ThrowIfNull(range);
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        }

        Check(cancellationToken);
        lock (content)
        {
            ThrowIfClosed();
            if (limit <= 0 || range is null) return new(new StorePage([], false));
            List<StoreRecord> found = [];
            foreach ((StoreKey key, Memory<byte> value) in content.Records)
            {
                if (IsInside(range, key)) found.Add(new StoreRecord(key.RowId, value));
            }

            found.Sort((a, b) => Compare(a.RowId, b.RowId));
            if (range.Descending) found.Reverse();
            bool hasMore = fault == StoreFault.SaysThereIsMoreWhenThePageIsFull ? found.Count >= limit : found.Count > limit;
            return new(new StorePage([.. found.Take(limit)], hasMore));
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (content)
        {
            ObjectDisposedException.ThrowIf(_wasDisposed && fault == StoreFault.ThrowsAtTheSecondDisposal, this);
            _wasDisposed = true;
            if (!_isOpen) return default;
            content.IsLocked = _isOpen = false;
            if (fault == StoreFault.ForgetsOnClosing) content.Records.Clear();
            return default;
        }
    }

    private void Apply(StoreOperation[] operations)
    {
        if (_failNext)
        {
            _failNext = false;
            throw Error(BerOfChatErrorCode.StoreConflict);
        }

        if (fault == StoreFault.RefusesEmptyBatches && operations.Length == 0) throw Error(BerOfChatErrorCode.StoreUnavailable);
        Dictionary<StoreKey, Memory<byte>> before = new(content.Records);
        Dictionary<StoreKey, Memory<byte>> changing = new(content.Records);
        IEnumerable<StoreOperation> order = operations;
        if (fault == StoreFault.AppliesDeletionsLast) order = operations.OrderBy(operation => operation.Kind == StoreOperationKind.Delete);
        if (fault == StoreFault.KeepsTheFirstThousand) order = operations.Take(1_000);
        foreach (StoreOperation operation in order)
        {
            StoreKey key = Place(operation.Key);
            Dictionary<StoreKey, Memory<byte>> present = fault == StoreFault.LooksForConflictsOnlyBeforeTheBatch ? before : changing;
            if (operation.Kind == StoreOperationKind.Insert && present.ContainsKey(key) && fault != StoreFault.AppliesDeletionsLast)
            {
                _failNext = fault == StoreFault.LetsAConflictFailTheNextCommit;
                if (fault == StoreFault.CommitsUpToTheConflict) content.Records = changing;
                if (fault == StoreFault.LeavesConflictsInTheFile) content.File = changing;
                throw Error(BerOfChatErrorCode.StoreConflict);
            }

            if (operation.Kind != StoreOperationKind.Delete) changing[key] = Keep(changing, key, operation.Value);
            else if (fault != StoreFault.ForgetsDeletions) changing.Remove(key);
        }

        content.File = fault == StoreFault.WritesLater ? content.Records : changing;
        content.Records = changing;
    }

    private Memory<byte> Keep(Dictionary<StoreKey, Memory<byte>> records, StoreKey key, ReadOnlyMemory<byte> value)
    {
        if (fault == StoreFault.CutsLargeValues && value.Length > 100_000) value = value[..100_000];
        if (fault == StoreFault.KeepsTheCallersMemory) return System.Runtime.InteropServices.MemoryMarshal.AsMemory(value);
        if (fault == StoreFault.OverwritesWhatWasRead && records.TryGetValue(key, out Memory<byte> old) && old.Length == value.Length)
        {
            value.CopyTo(old);
            return old;
        }

        return value.ToArray();
    }

    private StoreKey Place(StoreKey key) => new(
        key.Table, fault == StoreFault.MixesPartitions ? new byte[StoreKey.PartitionSize] : key.Partition.ToArray(), key.RowId.ToArray());

    private bool IsInside(StoreRange range, StoreKey key) =>
        (key.Table == range.Table || fault == StoreFault.MixesTablesInRanges)
        && key.Partition.Span.SequenceEqual(fault == StoreFault.MixesPartitions ? new byte[StoreKey.PartitionSize] : range.Partition.Span)
        && (range.From is not { } from || key.RowId.Span.SequenceCompareTo(from.Span) >= 0)
        && (range.To is not { } to || key.RowId.Span.SequenceCompareTo(to.Span) < (fault == StoreFault.IncludesTheUpperBound ? 1 : 0));

    private int Compare(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right) => fault == StoreFault.OrdersBySignedBytes
        ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, sbyte>(left.Span).SequenceCompareTo(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, sbyte>(right.Span))
        : left.Span.SequenceCompareTo(right.Span);

    private void Check(CancellationToken cancellationToken)
    {
        if (fault != StoreFault.IgnoresCancellation) cancellationToken.ThrowIfCancellationRequested();
    }

    private void ThrowIfClosed()
    {
        if (!_isOpen && fault != StoreFault.AnswersWhenClosed) throw Error(BerOfChatErrorCode.Closed);
    }

    private static BerOfChatException Error(BerOfChatErrorCode code) => new(code, "This store says why.");

    /// <summary>What outlives the store object; <see cref="File"/> is what a killed process leaves.</summary>
    internal sealed class Content
    {
        public Dictionary<StoreKey, Memory<byte>> Records { get; set; } = [];

        public Dictionary<StoreKey, Memory<byte>> File { get; set; } = [];

        public bool IsLocked { get; set; }

        public int Commits;
    }
}
