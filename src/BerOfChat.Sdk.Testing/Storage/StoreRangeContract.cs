using System.Security.Cryptography;
using Xunit;
using static BerOfChat.Testing.Storage.StoreRows;

namespace BerOfChat.Testing.Storage;

#pragma warning disable CS1591 // The names of the tests are their documentation.

/// <summary>The part of <see cref="MessageStoreContract"/> that is about order and ranges. Derive from that one.</summary>
public abstract class StoreRangeContract
{
    /// <summary>How long something may take that must happen. Default: 20 s.</summary>
    protected virtual TimeSpan Patience => TimeSpan.FromSeconds(20);

    /// <summary>A new, empty store that is not open yet.</summary>
    protected abstract IMessageStore CreateStore();

    /// <summary>A store over the content of another, not open yet. The other was disposed; it is still open only where the suite tests the lock.</summary>
    protected abstract IMessageStore Reopen(IMessageStore store);

    [Fact]
    public async Task Row_ids_are_ordered_as_unsigned_bytes_in_both_directions()
    {
        await using IMessageStore store = await OpenAsync();
        List<byte[]> rows = [[], [0], [0, 0], [0x7F], [0x80], [0xFF], [0xFF, 0], [1], [1, 0xFF], [2], Row(5), Row(300), Row(ulong.MaxValue)];
        rows.AddRange(Enumerable.Range(1, StoreKey.MaxRowIdSize).Select(RandomNumberGenerator.GetBytes));
        rows = [.. rows.DistinctBy(Convert.ToHexString)];
        await CommitAsync(store, batch =>
        {
            foreach (byte[] row in rows) batch.Insert(new StoreKey(Table, One, row), row);
        });
        string[] ascending = [.. rows.Order(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))).Select(Convert.ToHexString)];
        Assert.Equal(ascending, await ReadPagesAsync(store, AllOfOne, 1_000));
        Assert.Equal(ascending.Reverse(), await ReadPagesAsync(store, AllOfOne with { Descending = true }, 1_000));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_range_includes_its_lower_bound_and_excludes_its_upper_one(bool descending)
    {
        await using IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch =>
        {
            for (ulong i = 1; i <= 9; i++) batch.Insert(Key(One, i), Row(i));
        });
        StoreRange all = AllOfOne with { Descending = descending };
        Assert.Equal((IEnumerable<ulong>)[3, 4, 5, 6], (await RowsAsync(store, all with { From = Row(3), To = Row(7) })).Order());
        Assert.Equal((IEnumerable<ulong>)[8, 9], (await RowsAsync(store, all with { From = (byte[])[.. Row(7), 0] })).Order());
        Assert.Equal((IEnumerable<ulong>)[1, 2], (await RowsAsync(store, all with { To = Row(3) })).Order());
        Assert.Empty(await RowsAsync(store, all with { From = Row(5), To = Row(5) }));
        Assert.Empty(await RowsAsync(store, all with { From = Row(7), To = Row(3) }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_range_is_read_page_by_page(bool descending)
    {
        await using IMessageStore store = await OpenAsync();
        const int count = 23;
        await CommitAsync(store, batch =>
        {
            for (ulong i = 0; i < count; i++) batch.Insert(Key(One, i), Row(i));
        });
        StoreRange all = AllOfOne with { Descending = descending };
        List<string> whole = await ReadPagesAsync(store, all, count);
        Assert.Equal(count, whole.Count);
        for (int limit = 1; limit <= count + 1; limit++)
        {
            StorePage first = await store.ReadAsync(all, limit);
            Assert.Equal((Math.Min(limit, count), limit < count), (first.Records.Count, first.HasMore));
            Assert.Equal(whole, await ReadPagesAsync(store, all, limit));
        }
    }

    [Fact]
    public async Task A_range_stays_in_its_table_and_partition()
    {
        await using IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch =>
        {
            batch.Insert(Key(One, 1), Row(1));
            batch.Insert(Key(Other, 2), Row(2));
            batch.Insert(new StoreKey(Table - 1, One, Row(3)), Row(3));
            batch.Insert(new StoreKey(Table + 1, One, Row(4)), Row(4));
        });
        Assert.Equal([1], await RowsAsync(store, AllOfOne));
        Assert.Equal([1], await RowsAsync(store, AllOfOne with { Descending = true }));
        Assert.Empty((await store.ReadAsync(new StoreRange { Table = 200, Partition = One }, 10)).Records);
    }

    private protected async Task<IMessageStore> OpenAsync()
    {
        IMessageStore store = CreateStore();
        await store.OpenAsync();
        return store;
    }

    private protected static async Task AssertFailsAsync(BerOfChatErrorCode code, Func<Task> action) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<BerOfChatException>(action)).ErrorCode);
}
