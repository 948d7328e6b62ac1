using System.Buffers.Binary;
using Xunit;

namespace BerOfChat.Testing.Storage;

/// <summary>Keys and rows as the contract writes them.</summary>
internal static class StoreRows
{
    public const byte Table = 4;

    public static readonly byte[] One = Partition(1);
    public static readonly byte[] Other = Partition(2);

    public static readonly StoreRange AllOfOne = new() { Table = Table, Partition = One };

    public static StoreKey Key(byte[] partition, ulong row) => new(Table, partition, Row(row));

    public static byte[] Row(ulong row)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, row);
        return bytes;
    }

    public static ulong Number(StoreRecord record) => BinaryPrimitives.ReadUInt64BigEndian(record.RowId.Span);

    public static async Task CommitAsync(IMessageStore store, Action<StoreBatch> fill, StoreDurability durability = StoreDurability.Process)
    {
        var batch = new StoreBatch();
        fill(batch);
        await store.CommitAsync(batch, durability);
    }

    public static async Task<byte[]> ReadValueAsync(IMessageStore store, StoreKey key)
    {
        ReadOnlyMemory<byte>? value = await store.GetAsync(key);
        Assert.True(value.HasValue, "A record that was written is not there.");
        return value.Value.ToArray();
    }

    public static async Task<ulong[]> RowsAsync(IMessageStore store, StoreRange range, int limit = 100_000) =>
        [.. (await store.ReadAsync(range, limit)).Records.Select(Number)];

    /// <summary>Reads a range as the SDK does: each page begins behind the last record of the one before.</summary>
    public static async Task<List<string>> ReadPagesAsync(IMessageStore store, StoreRange range, int limit)
    {
        List<string> rows = [];
        while (true)
        {
            StorePage page = await store.ReadAsync(range, limit);
            rows.AddRange(page.Records.Select(record => Convert.ToHexString(record.RowId.Span)));
            if (!page.HasMore) return rows;
            ReadOnlyMemory<byte> last = page.Records[^1].RowId;
            range = range.Descending ? range with { To = last } : range with { From = (byte[])[.. last.Span, 0] };
        }
    }

    private static byte[] Partition(byte value)
    {
        byte[] partition = new byte[StoreKey.PartitionSize];
        partition[0] = value;
        return partition;
    }
}
