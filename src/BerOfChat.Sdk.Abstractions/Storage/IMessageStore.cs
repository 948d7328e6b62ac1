namespace BerOfChat;

/// <summary>An ordered map of sealed records. A store never sees plaintext, a password or a key.</summary>
/// <remarks>
/// Members may be called from any thread; commits take effect in the order in which they were called, and a read sees whole batches only. Keys are ordered by
/// table, partition and row id, each as unsigned bytes. Disposing finishes what was handed over and unlocks the store; that may happen twice, and while
/// other members run. <c>MessageStoreContract</c> in <c>BerOfChat.Sdk.Testing</c> tests all of this.
/// </remarks>
public interface IMessageStore : IAsyncDisposable
{
    /// <summary>The largest value in bytes; the SDK writes none that is larger.</summary>
    const int MaxValueSize = 1_048_576;

    /// <summary>Opens the store, creating it where there is none, and locks it until it is disposed. The constructor opens and creates nothing.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.StoreLocked"/>, <see cref="BerOfChatErrorCode.StoreUnavailable"/>, <see cref="BerOfChatErrorCode.StoreCorrupt"/> or <see cref="BerOfChatErrorCode.StoreVersion"/>.</exception>
    ValueTask OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>Applies all operations of the batch, or none. Returns when it has the durability that was asked for.</summary>
    /// <param name="batch">Up to thousands of operations. It and its memory may be reused when the call has returned, in whatever way it returned.</param>
    /// <param name="durability">What the batch has survived when the call returns.</param>
    /// <param name="cancellationToken">Cancelling may leave the batch applied or not, but never in part.</param>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.StoreConflict"/> when an inserted key exists: nothing was changed; <see cref="BerOfChatErrorCode.StoreUnavailable"/>: the batch
    /// may be applied or not, but never in part; <see cref="BerOfChatErrorCode.Closed"/> when the store is not open.
    /// </exception>
    ValueTask CommitAsync(StoreBatch batch, StoreDurability durability, CancellationToken cancellationToken = default);

    /// <summary>The value under a key, or null. It stays as it is when the record changes later.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.StoreUnavailable"/>, or <see cref="BerOfChatErrorCode.Closed"/> when the store is not open.</exception>
    ValueTask<ReadOnlyMemory<byte>?> GetAsync(StoreKey key, CancellationToken cancellationToken = default);

    /// <summary>At most <paramref name="limit"/> records of a range, in the range's direction.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.StoreUnavailable"/>, or <see cref="BerOfChatErrorCode.Closed"/> when the store is not open.</exception>
    ValueTask<StorePage> ReadAsync(StoreRange range, int limit, CancellationToken cancellationToken = default);
}
