using Xunit;
using static BerOfChat.Testing.Storage.StoreRows;

namespace BerOfChat.Testing.Storage;

#pragma warning disable CS1591 // The names of the tests are their documentation.

/// <summary>What an <see cref="IMessageStore"/> must do besides that keeps its content when the process ends, in whatever way it ends.</summary>
public abstract class DurableMessageStoreContract : MessageStoreContract
{
    /// <summary>A store over what would be left if the process of <paramref name="running"/> were killed now; not open yet.</summary>
    /// <remarks>For files: over a copy of them, taken while <paramref name="running"/> is open and at rest, in a directory of its own.</remarks>
    protected abstract IMessageStore OpenAsKilled(IMessageStore running);

    [Theory]
    [InlineData(StoreDurability.Process)]
    [InlineData(StoreDurability.Power)]
    public async Task Every_confirmed_commit_survives_the_end_of_the_process(StoreDurability durability)
    {
        await using IMessageStore store = await OpenAsync();
        for (ulong i = 1; i <= 10; i++)
        {
            await CommitAsync(store, batch =>
            {
                batch.Insert(Key(One, i), new byte[1_000]);
                batch.Put(Key(Other, 1), Row(i));
                if (i > 1) batch.Delete(Key(One, i - 1));
            }, durability);
            await using IMessageStore left = OpenAsKilled(store);
            await left.OpenAsync();
            Assert.Equal([i], await RowsAsync(left, AllOfOne));
            Assert.Equal(Row(i), await ReadValueAsync(left, Key(Other, 1)));
        }
    }

    [Fact]
    public async Task What_a_conflict_left_out_is_not_there_after_the_end_of_the_process()
    {
        await using IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch => batch.Insert(Key(One, 1), new byte[] { 1 }));
        await AssertFailsAsync(BerOfChatErrorCode.StoreConflict, () => CommitAsync(store, batch =>
        {
            batch.Insert(Key(One, 2), new byte[] { 2 });
            batch.Insert(Key(One, 1), new byte[] { 3 });
        }));
        await using IMessageStore left = OpenAsKilled(store);
        await left.OpenAsync();
        Assert.Equal([1], await RowsAsync(left, AllOfOne));
        Assert.Equal([1], await ReadValueAsync(left, Key(One, 1)));
    }

    [Fact]
    public async Task The_next_process_goes_on_where_the_last_one_ended()
    {
        await using IMessageStore store = await OpenAsync();
        await CommitAsync(store, batch => batch.Insert(Key(One, 1), new byte[] { 1 }));
        IMessageStore next = OpenAsKilled(store);
        await next.OpenAsync();
        await AssertFailsAsync(BerOfChatErrorCode.StoreConflict, () => CommitAsync(next, batch => batch.Insert(Key(One, 1), new byte[] { 2 })));
        await CommitAsync(next, batch => batch.Insert(Key(One, 2), new byte[] { 2 }));
        await using IMessageStore afterNext = OpenAsKilled(next);
        await afterNext.OpenAsync();
        Assert.Equal([1, 2], await RowsAsync(afterNext, AllOfOne));
        await next.DisposeAsync();
    }
}
