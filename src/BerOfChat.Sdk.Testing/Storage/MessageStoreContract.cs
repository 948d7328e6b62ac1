using System.Buffers.Binary;
using Xunit;

namespace BerOfChat.Testing.Storage;

/// <summary>What every <see cref="IMessageStore"/> must do. Derive, say how to make a store and how to open its content again, and run.</summary>
public abstract class MessageStoreContract
{
    private static readonly byte[] s_one = Partition(1);
    private static readonly byte[] s_other = Partition(2);

    /// <summary>A new, empty store that is not open yet.</summary>
    protected abstract IMessageStore CreateStore();

    /// <summary>A store over the content of one that was disposed.</summary>
    protected abstract IMessageStore Reopen(IMessageStore closed);

    /// <summary>What was written is read back, and what was not is absent.</summary>
    [Fact]
    public async Task What_was_written_is_read_back()
    {
        await using IMessageStore store = await OpenAsync();
        StoreKey key = Key(s_one, 7);
        Assert.Null(await store.GetAsync(key));
        await CommitAsync(store, batch => batch.Insert(key, new byte[] { 1, 2, 3 }));
        Assert.Equal([1, 2, 3], (await store.GetAsync(key))!.Value.ToArray());
        Assert.Null(await store.GetAsync(Key(s_other, 7)));
        Assert.Null(await store.GetAsync(new StoreKey(5, s_one, key.RowId)));
        await CommitAsync(store, batch => batch.Put(key, ReadOnlyMemory<byte>.Empty));
        Assert.Equal(0, (await store.GetAsync(key))!.Value.Length);
        await CommitAsync(store, batch => batch.Delete(key));
        Assert.Null(await store.GetAsync(key));
    }

    /// <summary>A batch with one conflict changes nothing, and says so.</summary>
    [Fact]
    public async Task A_batch_with_a_conflict_changes_nothing()
    {
        await using IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch => batch.Insert(Key(s_one, 1), new byte[] { 1 }));
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(() => CommitAsync(store, batch =>
        {
            batch.Put(Key(s_one, 2), new byte[] { 2 });
            batch.Insert(Key(s_one, 1), new byte[] { 9 });
            batch.Delete(Key(s_one, 1));
        }));
        Assert.Equal(BerOfChatErrorCode.StoreConflict, error.ErrorCode);
        Assert.Null(await store.GetAsync(Key(s_one, 2)));
        Assert.Equal([1], (await store.GetAsync(Key(s_one, 1)))!.Value.ToArray());
    }

    /// <summary>Operations of a batch take effect in their order.</summary>
    [Fact]
    public async Task Operations_of_a_batch_take_effect_in_order()
    {
        await using IMessageStore store = await OpenAsync();
        StoreKey key = Key(s_one, 1);
        await CommitAsync(store, batch =>
        {
            batch.Insert(key, new byte[] { 1 });
            batch.Delete(key);
            batch.Insert(key, new byte[] { 2 });
            batch.Put(key, new byte[] { 3 });
        });
        Assert.Equal([3], (await store.GetAsync(key))!.Value.ToArray());
    }

    /// <summary>Many commits at once all take effect, except those that conflict.</summary>
    [Fact]
    public async Task Commits_at_the_same_time_succeed_or_fail_each_on_its_own()
    {
        await using IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch => batch.Insert(Key(s_one, 0), new byte[] { 0 }));
        Task[] commits = [.. Enumerable.Range(0, 200).Select(i => CommitAsync(store, batch =>
        {
            batch.Put(Key(s_other, (ulong)i), new byte[] { 1 });
            if (i % 3 == 0) batch.Insert(Key(s_one, 0), new byte[] { 9 });
        }))];
        for (int i = 0; i < commits.Length; i++)
        {
            if (i % 3 == 0) await Assert.ThrowsAsync<BerOfChatException>(() => commits[i]);
            else await commits[i];
            Assert.Equal(i % 3 == 0, await store.GetAsync(Key(s_other, (ulong)i)) is null);
        }
    }

    /// <summary>Ranges are ordered by unsigned bytes, bounded as asked, in both directions, page by page.</summary>
    [Fact]
    public async Task Ranges_are_ordered_bounded_and_paged()
    {
        await using IMessageStore store = await OpenAsync();
        ulong[] rows = [5, 1, 0x80_00_00_00_00_00_00_00, 3, 300, 2];
        await CommitAsync(store, batch =>
        {
            foreach (ulong row in rows) batch.Insert(Key(s_one, row), new byte[] { 7 });
            batch.Insert(Key(s_other, 4), new byte[] { 4 });
        });
        ulong[] ascending = [.. rows.Order()];
        Assert.Equal(ascending, await RowsAsync(store, new StoreRange { Table = 4, Partition = s_one }, 100));
        Assert.Equal(ascending.Reverse(), await RowsAsync(store, new StoreRange { Table = 4, Partition = s_one, Descending = true }, 100));
        Assert.Equal([2, 3, 5], await RowsAsync(store, new StoreRange { Table = 4, Partition = s_one, From = Row(2), To = Row(300) }, 100));
        StorePage page = await store.ReadAsync(new StoreRange { Table = 4, Partition = s_one }, 4);
        Assert.True(page.HasMore);
        Assert.Equal(4, page.Records.Count);
        Assert.False((await store.ReadAsync(new StoreRange { Table = 4, Partition = s_one }, rows.Length)).HasMore);
    }

    /// <summary>The caller's buffers may be reused once a commit has returned.</summary>
    [Fact]
    public async Task Memory_may_be_reused_after_the_commit()
    {
        await using IMessageStore store = await OpenAsync();
        byte[] value = [1, 2, 3];
        byte[] row = Row(9);
        await CommitAsync(store, batch => batch.Insert(new StoreKey(4, s_one, row), value));
        value[0] = 99;
        row[7] = 8;
        Assert.Equal([1, 2, 3], (await store.GetAsync(Key(s_one, 9)))!.Value.ToArray());
    }

    /// <summary>Content survives closing; closing twice does no harm; a closed store says so.</summary>
    [Fact]
    public async Task Content_survives_closing()
    {
        IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch => batch.Insert(Key(s_one, 1), new byte[] { 1 }));
        await store.DisposeAsync();
        await store.DisposeAsync();
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(async () => await store.GetAsync(Key(s_one, 1)));
        Assert.Equal(BerOfChatErrorCode.Closed, error.ErrorCode);

        await using IMessageStore again = Reopen(store);
        await again.OpenAsync();
        Assert.Equal([1], (await again.GetAsync(Key(s_one, 1)))!.Value.ToArray());
    }

    /// <summary>An open store cannot be opened a second time.</summary>
    [Fact]
    public async Task An_open_store_is_locked()
    {
        await using IMessageStore store = await OpenAsync();
        IMessageStore second = Reopen(store);
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(async () => await second.OpenAsync());
        Assert.Equal(BerOfChatErrorCode.StoreLocked, error.ErrorCode);
        await CommitAsync(store, batch => batch.Insert(Key(s_one, 1), new byte[] { 1 }));
    }

    private static async Task CommitAsync(IMessageStore store, Action<StoreBatch> fill)
    {
        var batch = new StoreBatch();
        fill(batch);
        await store.CommitAsync(batch, StoreDurability.Power);
    }

    private static async Task<ulong[]> RowsAsync(IMessageStore store, StoreRange range, int limit) =>
        [.. (await store.ReadAsync(range, limit)).Records.Select(record => BinaryPrimitives.ReadUInt64BigEndian(record.RowId.Span))];

    private static StoreKey Key(byte[] partition, ulong row) => new(4, partition, Row(row));

    private static byte[] Row(ulong row)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, row);
        return bytes;
    }

    private static byte[] Partition(byte value)
    {
        byte[] partition = new byte[StoreKey.PartitionSize];
        partition[0] = value;
        return partition;
    }

    private async Task<IMessageStore> OpenAsync()
    {
        IMessageStore store = CreateStore();
        await store.OpenAsync();
        return store;
    }
}
