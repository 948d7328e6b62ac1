using System.Security.Cryptography;
using Xunit;
using static BerOfChat.Testing.Storage.StoreRows;

namespace BerOfChat.Testing.Storage;

#pragma warning disable CS1591 // The names of the tests are their documentation.

/// <summary>What every <see cref="IMessageStore"/> must do. Derive a test class, say how to make a store and how to find its content again, and run it.</summary>
/// <remarks>A store that keeps its content beyond the process derives from <see cref="DurableMessageStoreContract"/>.</remarks>
public abstract class MessageStoreContract : StoreRangeContract
{
    [Fact]
    public async Task What_was_written_is_read_back()
    {
        await using IMessageStore store = await OpenAsync();
        StoreKey key = Key(One, 7);
        Assert.Null(await store.GetAsync(key));
        await CommitAsync(store, batch => batch.Insert(key, new byte[] { 1, 2, 3 }));
        Assert.Equal([1, 2, 3], await ReadValueAsync(store, key));
        await CommitAsync(store, batch => batch.Put(key, new byte[] { 4 }));
        Assert.Equal([4], await ReadValueAsync(store, key));
        await CommitAsync(store, batch => batch.Delete(key));
        Assert.Null(await store.GetAsync(key));
        await CommitAsync(store, batch => batch.Delete(key));
    }

    [Fact]
    public async Task Table_partition_and_row_id_tell_records_apart()
    {
        await using IMessageStore store = await OpenAsync();
        byte[][] rows = [[], [0], [0, 0], [1], [1, 0], [0xFF], new byte[StoreKey.MaxRowIdSize]];
        StoreKey[] keys = [.. from table in new byte[] { 0, 4, 255 } from partition in new[] { One, Other } from row in rows select new StoreKey(table, partition, row)];
        await CommitAsync(store, batch =>
        {
            for (int i = 0; i < keys.Length; i++) batch.Insert(keys[i], new[] { (byte)i });
        });
        for (int i = 0; i < keys.Length; i++) Assert.Equal([(byte)i], await ReadValueAsync(store, keys[i]));
        Assert.Null(await store.GetAsync(new StoreKey(5, One, rows[1])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(IMessageStore.MaxValueSize)]
    public async Task A_value_is_kept_whole(int size)
    {
        await using IMessageStore store = await OpenAsync();
        byte[] value = RandomNumberGenerator.GetBytes(size);
        await CommitAsync(store, batch => batch.Insert(Key(One, 1), value));
        Assert.Equal(value, await ReadValueAsync(store, Key(One, 1)));
        Assert.Equal(value, (await store.ReadAsync(AllOfOne, 1)).Records.Single().Value.ToArray());
    }

    [Fact]
    public async Task A_batch_with_a_conflict_changes_nothing()
    {
        await using IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch => batch.Insert(Key(One, 1), new byte[] { 1 }));
        await AssertFailsAsync(BerOfChatErrorCode.StoreConflict, () => CommitAsync(store, batch =>
        {
            batch.Put(Key(One, 2), new byte[] { 2 });
            batch.Insert(Key(One, 1), new byte[] { 9 });
            batch.Delete(Key(One, 1));
        }));
        Assert.Null(await store.GetAsync(Key(One, 2)));
        Assert.Equal([1], await ReadValueAsync(store, Key(One, 1)));
    }

    [Fact]
    public async Task A_key_that_one_batch_inserts_twice_is_a_conflict()
    {
        await using IMessageStore store = await OpenAsync();
        await AssertFailsAsync(BerOfChatErrorCode.StoreConflict, () => CommitAsync(store, batch =>
        {
            batch.Insert(Key(One, 1), new byte[] { 1 });
            batch.Insert(Key(One, 1), new byte[] { 2 });
        }));
        Assert.Null(await store.GetAsync(Key(One, 1)));
    }

    [Fact]
    public async Task Operations_of_a_batch_take_effect_in_order()
    {
        await using IMessageStore store = await OpenAsync();
        StoreKey key = Key(One, 1);
        await CommitAsync(store, batch =>
        {
            batch.Insert(key, new byte[] { 1 });
            batch.Delete(key);
            batch.Insert(key, new byte[] { 2 });
            batch.Put(key, new byte[] { 3 });
        });
        Assert.Equal([3], await ReadValueAsync(store, key));
    }

    [Fact]
    public async Task A_batch_may_be_empty() => await CommitAsync(await OpenAsync(), _ => { });

    [Fact]
    public async Task A_batch_of_thousands_of_records_is_committed_whole()
    {
        await using IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch =>
        {
            for (ulong i = 0; i < 3_000; i++) batch.Insert(Key(One, i), Row(i));
        });
        Assert.Equal(3_000, (await RowsAsync(store, AllOfOne)).Length);
    }

    [Fact]
    public async Task Commits_take_effect_in_the_order_in_which_they_were_called()
    {
        await using IMessageStore store = await OpenAsync();
        Task[] commits = [.. Enumerable.Range(0, 100).Select(i => CommitAsync(store, batch => batch.Put(Key(One, 1), Row((ulong)i))))];
        await Task.WhenAll(commits).WaitAsync(Patience);
        Assert.Equal(Row(99), await ReadValueAsync(store, Key(One, 1)));
    }

    [Fact]
    public async Task Commits_at_the_same_time_succeed_or_fail_each_on_its_own()
    {
        await using IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch => batch.Insert(Key(One, 0), new byte[] { 0 }));
        Task[] commits = [.. Enumerable.Range(0, 200).Select(i => Task.Run(() => CommitAsync(store, batch =>
        {
            batch.Put(Key(Other, (ulong)i), new byte[] { 1 });
            if (i % 3 == 0) batch.Insert(Key(One, 0), new byte[] { 9 });
        })))];
        for (int i = 0; i < commits.Length; i++)
        {
            if (i % 3 == 0) await AssertFailsAsync(BerOfChatErrorCode.StoreConflict, () => commits[i]);
            else await commits[i];
            Assert.Equal(i % 3 == 0, await store.GetAsync(Key(Other, (ulong)i)) is null);
        }
    }

    [Fact]
    public async Task A_reader_sees_whole_batches_only()
    {
        await using IMessageStore store = await OpenAsync();
        Task writing = Task.Run(async () =>
        {
            for (ulong i = 1; i <= 100; i++)
            {
                await CommitAsync(store, batch =>
                {
                    for (ulong row = 0; row < 5; row++) batch.Put(Key(One, row), Row(i));
                });
            }
        });
        ulong newest = 0;
        do
        {
            StorePage page = await store.ReadAsync(AllOfOne, 10).AsTask().WaitAsync(Patience);
            ulong[] versions = [.. page.Records.Select(record => Convert.ToUInt64(Convert.ToHexString(record.Value.Span), 16))];
            Assert.True(versions.Distinct().Count() <= 1 && versions.Length is 0 or 5, $"One read saw the versions {string.Join(", ", versions)} of one batch's records.");
            Assert.True(versions.Length == 0 || versions[0] >= newest, "A later read saw an earlier version.");
            if (versions.Length > 0) newest = versions[0];
        }
        while (!writing.IsCompleted);
        await writing;
    }

    [Fact]
    public async Task Memory_may_be_reused_after_the_commit()
    {
        await using IMessageStore store = await OpenAsync();
        byte[] value = [1, 2, 3];
        byte[] row = Row(9);
        byte[] partition = [.. One];
        await CommitAsync(store, batch => batch.Insert(new StoreKey(Table, partition, row), value));
        value[0] = 99;
        row[7] = 8;
        partition[0] = 77;
        Assert.Equal([1, 2, 3], await ReadValueAsync(store, Key(One, 9)));
        Assert.Equal([9], await RowsAsync(store, AllOfOne));
    }

    [Fact]
    public async Task What_was_read_stays_as_it_was_when_the_record_changes()
    {
        await using IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch => batch.Insert(Key(One, 1), new byte[] { 1, 1 }));
        ReadOnlyMemory<byte> value = (await store.GetAsync(Key(One, 1)))!.Value;
        StorePage page = await store.ReadAsync(AllOfOne, 10);
        await CommitAsync(store, batch => batch.Put(Key(One, 1), new byte[] { 2, 2 }));
        await CommitAsync(store, batch => batch.Insert(Key(One, 2), new byte[] { 3 }));
        Assert.Equal([1, 1], value.ToArray());
        Assert.Equal([1, 1], Assert.Single(page.Records).Value.ToArray());
    }

    [Fact]
    public async Task A_call_with_a_cancelled_token_does_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        IMessageStore store = CreateStore();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.OpenAsync(cancelled));
        await store.OpenAsync();
        var batch = new StoreBatch();
        batch.Insert(Key(One, 1), Row(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.CommitAsync(batch, StoreDurability.Power, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.GetAsync(Key(One, 1), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReadAsync(AllOfOne, 1, cancelled));
        Assert.Null(await store.GetAsync(Key(One, 1)));
        await store.DisposeAsync();
    }

    [Fact]
    public async Task A_commit_that_is_cancelled_is_applied_whole_or_not_at_all()
    {
        await using IMessageStore store = await OpenAsync();
        for (ulong i = 0; i < 30; i++)
        {
            using var cancelling = new CancellationTokenSource();
            byte[] value = [7];
            var batch = new StoreBatch();
            for (ulong row = 0; row < 20; row++) batch.Insert(Key(One, (i * 20) + row), value);
            Task commit = Task.Run(() => store.CommitAsync(batch, StoreDurability.Power, cancelling.Token).AsTask());
            for (ulong turns = 0; turns < i; turns++) await Task.Yield();
            await cancelling.CancelAsync();
            bool isConfirmed = true;
            try
            {
                await commit.WaitAsync(Patience);
            }
            catch (OperationCanceledException)
            {
                isConfirmed = false;
            }

            value[0] = 8;   // the call has returned: the memory is the caller's again
            StorePage page = await store.ReadAsync(AllOfOne with { From = Row(i * 20), To = Row((i + 1) * 20) }, 100);
            Assert.True(page.Records.Count == 20 || (page.Records.Count == 0 && !isConfirmed), $"{page.Records.Count} of 20 records of a cancelled batch are there.");
            Assert.True(page.Records.All(static record => record.Value.Span is [7]), "The batch was written with what the memory held later.");
        }
    }

    [Fact]
    public async Task Content_and_its_absence_survive_closing()
    {
        IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch => batch.Insert(Key(One, 1), new byte[] { 1 }));
        await CommitAsync(store, batch => batch.Insert(Key(One, 2), new byte[] { 2 }), StoreDurability.Power);
        await CommitAsync(store, batch => batch.Put(Key(One, 1), new byte[] { 3 }));
        await CommitAsync(store, batch => batch.Delete(Key(One, 2)));
        await store.DisposeAsync();

        await using IMessageStore again = Reopen(store);
        await again.OpenAsync();
        Assert.Equal([3], await ReadValueAsync(again, Key(One, 1)));
        Assert.Equal([1], await RowsAsync(again, AllOfOne));
        await AssertFailsAsync(BerOfChatErrorCode.StoreConflict, () => CommitAsync(again, batch => batch.Insert(Key(One, 1), new byte[] { 9 })));
        await CommitAsync(again, batch => batch.Insert(Key(One, 2), new byte[] { 4 }));
        Assert.Equal([4], await ReadValueAsync(again, Key(One, 2)));
    }

    [Fact]
    public async Task A_store_that_is_not_open_says_so()
    {
        IMessageStore store = CreateStore();
        await AssertIsClosedAsync(store);
        await store.OpenAsync();
        await store.DisposeAsync();
        await AssertIsClosedAsync(store);
    }

    [Fact]
    public async Task A_store_can_be_disposed_unopened_twice_and_at_once()
    {
        await CreateStore().DisposeAsync();
        IMessageStore store = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => store.DisposeAsync().AsTask()))).WaitAsync(Patience);
        await store.DisposeAsync();
    }

    [Fact]
    public async Task Disposing_while_commits_run_loses_no_confirmed_one()
    {
        IMessageStore store = await OpenAsync();
        Task[] commits = [.. Enumerable.Range(0, 200).Select(i => Task.Run(() => CommitAsync(store, batch => batch.Insert(Key(One, (ulong)i), Row((ulong)i)))))];
        await commits[0];
        await store.DisposeAsync().AsTask().WaitAsync(Patience);
        HashSet<ulong> confirmed = [];
        for (int i = 0; i < commits.Length; i++)
        {
            try
            {
                await commits[i].WaitAsync(Patience);
                confirmed.Add((ulong)i);
            }
            catch (BerOfChatException e)
            {
                Assert.Equal(BerOfChatErrorCode.Closed, e.ErrorCode);
            }
        }

        await using IMessageStore again = Reopen(store);
        await again.OpenAsync();
        Assert.Superset(confirmed, (await RowsAsync(again, AllOfOne)).ToHashSet());
    }

    [Fact]
    public async Task An_open_store_is_locked_until_it_is_disposed()
    {
        IMessageStore store = await OpenAsync();
        IMessageStore second = Reopen(store);
        for (int i = 0; i < 2; i++)
        {
            await AssertFailsAsync(BerOfChatErrorCode.StoreLocked, async () => await second.OpenAsync());
            if (!ReferenceEquals(store, second)) await second.DisposeAsync();
        }

        await CommitAsync(store, batch => batch.Insert(Key(One, 1), new byte[] { 1 }));
        await store.DisposeAsync();
        await using IMessageStore third = Reopen(store);
        await third.OpenAsync();
        Assert.Equal([1], await ReadValueAsync(third, Key(One, 1)));
    }

    [Fact]
    public async Task Misuse_is_an_argument_error_and_the_store_works_on()
    {
        await using IMessageStore store = await OpenAsync();
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.CommitAsync(null!, StoreDurability.Power));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.ReadAsync(null!, 1));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.ReadAsync(AllOfOne, 0));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.ReadAsync(AllOfOne, -1));
        await CommitAsync(store, batch => batch.Insert(Key(One, 1), new byte[] { 1 }));
    }

    private static async Task AssertIsClosedAsync(IMessageStore store)
    {
        await AssertFailsAsync(BerOfChatErrorCode.Closed, () => CommitAsync(store, batch => batch.Put(Key(One, 1), new byte[] { 1 })));
        await AssertFailsAsync(BerOfChatErrorCode.Closed, async () => await store.GetAsync(Key(One, 1)));
        await AssertFailsAsync(BerOfChatErrorCode.Closed, async () => await store.ReadAsync(AllOfOne, 1));
    }
}
