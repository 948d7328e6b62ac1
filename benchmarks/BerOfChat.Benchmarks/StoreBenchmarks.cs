using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;

namespace BerOfChat.Benchmarks;

/// <summary>Rows of 512 bytes into a store: one in a commit of its own, and a hundred in one commit. A commit returns when it survives the loss of power.</summary>
public class StoreBenchmarks : IAsyncDisposable
{
    private const int BatchSize = 100;

    private readonly byte[] _partition = new byte[StoreKey.PartitionSize];
    private readonly byte[] _row = new byte[512];
    private string _directory = "";
    private SqliteMessageStore _sqlite = null!;
    private InMemoryMessageStore _memory = null!;
    private ulong _next;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _directory = Directory.CreateTempSubdirectory("berofchat-benchmark-").FullName;
        _sqlite = new SqliteMessageStore(Path.Combine(_directory, "store.db"));
        _memory = new InMemoryMessageStore();
        await _sqlite.OpenAsync();
        await _memory.OpenAsync();
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        await _sqlite.DisposeAsync();
        await _memory.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public Task AppendToSqlite() => CommitAsync(_sqlite, 1);

    [Benchmark(OperationsPerInvoke = BatchSize)]
    public Task AppendBatchToSqlite() => CommitAsync(_sqlite, BatchSize);

    [Benchmark(OperationsPerInvoke = BatchSize)]
    public Task AppendBatchToMemory() => CommitAsync(_memory, BatchSize);

    private async Task CommitAsync(IMessageStore store, int rows)
    {
        StoreBatch batch = new();
        for (int i = 0; i < rows; i++)
        {
            byte[] id = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64BigEndian(id, _next++);
            batch.Insert(new StoreKey(1, _partition, id), _row);
        }

        await store.CommitAsync(batch, StoreDurability.Power);
    }
}
