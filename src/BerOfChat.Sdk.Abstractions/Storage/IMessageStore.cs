namespace BerOfChat;

/// <summary>An ordered map of sealed records. A store never sees plaintext, a password or a key.</summary>
/// <remarks>Members may be called from any thread; commits take effect in the order in which they were called. Keys are ordered by table, partition and row id, each as unsigned bytes.</remarks>
public interface IMessageStore : IAsyncDisposable
{
    /// <summary>Opens the store, creating it where there is none, and locks it until it is disposed.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.StoreLocked"/>, <see cref="BerOfChatErrorCode.StoreUnavailable"/>, <see cref="BerOfChatErrorCode.StoreCorrupt"/> or <see cref="BerOfChatErrorCode.StoreVersion"/>.</exception>
    ValueTask OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>Applies all operations of the batch, or none.</summary>
    /// <remarks>Cancelling may leave the batch applied or not, but never in part.</remarks>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.StoreConflict"/> when an inserted key exists, <see cref="BerOfChatErrorCode.StoreUnavailable"/>.</exception>
    ValueTask CommitAsync(StoreBatch batch, StoreDurability durability, CancellationToken cancellationToken = default);

    /// <summary>The value under a key, or null.</summary>
    ValueTask<ReadOnlyMemory<byte>?> GetAsync(StoreKey key, CancellationToken cancellationToken = default);

    /// <summary>At most <paramref name="limit"/> records of a range, in the range's direction.</summary>
    ValueTask<StorePage> ReadAsync(StoreRange range, int limit, CancellationToken cancellationToken = default);
}
