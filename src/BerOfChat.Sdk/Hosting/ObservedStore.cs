namespace BerOfChat.Hosting;

/// <summary>A store that notes when it cannot be written.</summary>
internal sealed class ObservedStore(IMessageStore inner, ClientCondition condition) : IMessageStore
{
    public ValueTask OpenAsync(CancellationToken cancellationToken = default) => inner.OpenAsync(cancellationToken);

    public async ValueTask CommitAsync(StoreBatch batch, StoreDurability durability, CancellationToken cancellationToken = default)
    {
        try
        {
            await inner.CommitAsync(batch, durability, cancellationToken).ConfigureAwait(false);
        }
        catch (BerOfChatException e) when (e.ErrorCode is not BerOfChatErrorCode.Closed)
        {
            condition.Store = e.ErrorCode;
            throw;
        }
    }

    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(StoreKey key, CancellationToken cancellationToken = default) => inner.GetAsync(key, cancellationToken);

    public ValueTask<StorePage> ReadAsync(StoreRange range, int limit, CancellationToken cancellationToken = default) => inner.ReadAsync(range, limit, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
