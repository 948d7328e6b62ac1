namespace BerOfChat;

/// <summary>Something for the thread that owns the connection.</summary>
internal abstract class StoreWork
{
    public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal sealed class CommitWork(StoreBatch batch) : StoreWork
{
    public StoreBatch Batch => batch;
}

internal sealed class ReadWork(StoreRange range, int limit) : StoreWork
{
    public StoreRange Range => range;

    public int Limit => limit;

    public StorePage? Page { get; set; }
}
