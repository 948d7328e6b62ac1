using System.Threading.Channels;

namespace BerOfChat;

/// <summary>A store in one SQLite file that holds only sealed records.</summary>
/// <remarks>
/// One thread owns the only connection. Commits that wait at the same time become durable together, each all or nothing. The file and its directory,
/// when the store makes them, are for their owner alone; beside the file lie <c>-wal</c>, <c>-shm</c> and <c>.lock</c> while it is open.
/// </remarks>
public sealed class SqliteMessageStore : IMessageStore
{
    private readonly string _path;
    private readonly Lock _lock = new();
    private Channel<StoreWork>? _work;
    private Task _worker = Task.CompletedTask;

    /// <summary>Names the file; nothing is opened or created yet.</summary>
    /// <param name="path">The path of the file. Its directory is created when it does not exist.</param>
    public SqliteMessageStore(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
    }

    /// <inheritdoc/>
    public async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_work is not null) throw new BerOfChatException(BerOfChatErrorCode.StoreLocked, "This store is in use by another client. Close that one first.");
            Channel<StoreWork> work = Channel.CreateBounded<StoreWork>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
            var worker = new SqliteWorker(_path, work);
            _work = work;
            _worker = Task.Factory.StartNew(() => worker.Run(opened), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        try
        {
            await opened.Task.ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(StoreBatch batch, StoreDurability durability, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var work = new CommitWork(batch);
        await EnqueueAsync(work, cancellationToken).ConfigureAwait(false);

        // Not cancelled from here on: the worker reads the caller's memory until it is done.
        await work.Completion.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(StoreKey key, CancellationToken cancellationToken = default)
    {
        var range = new StoreRange { Table = key.Table, Partition = key.Partition, From = key.RowId, To = (byte[])[.. key.RowId.Span, 0] };
        StorePage page = await ReadAsync(range, 1, cancellationToken).ConfigureAwait(false);
        return page.Records.Count == 0 ? (ReadOnlyMemory<byte>?)null : page.Records[0].Value;
    }

    /// <inheritdoc/>
    public async ValueTask<StorePage> ReadAsync(StoreRange range, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(range);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        var work = new ReadWork(range, limit);
        await EnqueueAsync(work, cancellationToken).ConfigureAwait(false);
        await work.Completion.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return work.Page!;
    }

    /// <summary>Finishes what was handed over, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        Task worker;
        lock (_lock)
        {
            _work?.Writer.TryComplete();
            worker = _worker;
        }

        await worker.ConfigureAwait(false);
        lock (_lock)
        {
            if (ReferenceEquals(worker, _worker)) _work = null;
        }
    }

    private async Task EnqueueAsync(StoreWork work, CancellationToken cancellationToken)
    {
        ChannelWriter<StoreWork>? writer;
        lock (_lock) writer = _work?.Writer;
        try
        {
            if (writer is null) throw Closed();
            await writer.WriteAsync(work, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw Closed();
        }
    }

    private static BerOfChatException Closed() => new(BerOfChatErrorCode.Closed, "The store is not open.");

    private const int MaxWaiting = 1_024;
}
