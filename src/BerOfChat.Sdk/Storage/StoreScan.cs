using System.Runtime.CompilerServices;

namespace BerOfChat.Storage;

/// <summary>Reads a whole table of one partition, page by page, in the order of row ids.</summary>
internal static class StoreScan
{
    public static async IAsyncEnumerable<StoreRecord> ReadAsync(
        IMessageStore store, StoreTable table, ReadOnlyMemory<byte> partition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte>? from = null;
        while (true)
        {
            var range = new StoreRange { Table = (byte)table, Partition = partition, From = from };
            StorePage page = await store.ReadAsync(range, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (StoreRecord record in page.Records) yield return record;
            if (!page.HasMore) yield break;

            // The least row id above the last one is that one with a zero byte behind it.
            ReadOnlyMemory<byte> last = page.Records[^1].RowId;
            byte[] next = new byte[last.Length + 1];
            last.CopyTo(next);
            from = next;
        }
    }

    private const int PageSize = 512;
}
