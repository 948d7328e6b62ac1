using BerOfChat;
using BerOfChat.Testing.Storage;
using Xunit;

namespace CustomStore.Tests;

/// <summary>The contract of every durable store.</summary>
public sealed class JournalStoreTests : DurableMessageStoreContract, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("journal-store-").FullName;
    private readonly Dictionary<IMessageStore, string> _paths = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    protected override IMessageStore CreateStore() => Open(Path.Combine(_folder, "profile", "store.journal"));

    protected override IMessageStore Reopen(IMessageStore store) => Open(_paths[store]);

    protected override IMessageStore OpenAsKilled(IMessageStore running)
    {
        string copy = Path.Combine(_folder, $"copy{_paths.Count}.journal");
        CopyWhileOpen(_paths[running], copy);
        return Open(copy);
    }

    [Fact]
    public async Task A_journal_cut_at_any_byte_holds_whole_batches_in_their_order()
    {
        IMessageStore store = CreateStore();
        await store.OpenAsync();
        for (byte i = 1; i <= 3; i++)
        {
            var batch = new StoreBatch();
            batch.Put(Key(0), new[] { i });
            batch.Put(Key(i), new[] { i });
            await store.CommitAsync(batch, StoreDurability.Process);
        }

        await store.DisposeAsync();
        byte[] whole = await File.ReadAllBytesAsync(_paths[store]);
        for (int length = 0; length <= whole.Length; length++)
        {
            string cut = Path.Combine(_folder, "cut.journal");
            await File.WriteAllBytesAsync(cut, whole[..length]);
            await using IMessageStore left = Open(cut);
            await left.OpenAsync();
            int newest = (await left.GetAsync(Key(0)))?.Span[0] ?? 0;
            Assert.Equal(whole.Length / 3 <= length ? length / (whole.Length / 3) : 0, newest);
            for (byte i = 1; i <= 3; i++) Assert.Equal(i <= newest, await left.GetAsync(Key(i)) is not null);
        }
    }

    [Fact]
    public async Task Damage_in_the_middle_is_an_error_and_not_the_end()
    {
        IMessageStore store = CreateStore();
        await store.OpenAsync();
        for (byte i = 1; i <= 3; i++)
        {
            var batch = new StoreBatch();
            batch.Put(Key(i), new[] { i });
            await store.CommitAsync(batch, StoreDurability.Process);
        }

        await store.DisposeAsync();
        byte[] bytes = await File.ReadAllBytesAsync(_paths[store]);
        bytes[(bytes.Length / 3) - 1] ^= 1;
        await File.WriteAllBytesAsync(_paths[store], bytes);
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(async () => await Reopen(store).OpenAsync());
        Assert.Equal(BerOfChatErrorCode.StoreCorrupt, error.ErrorCode);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_paths[store]));
    }

    private static StoreKey Key(byte row) => new(1, new byte[StoreKey.PartitionSize], new[] { row });

    private static void CopyWhileOpen(string from, string to)
    {
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using FileStream target = File.Create(to);
        source.CopyTo(target);
    }

    private JournalStore Open(string path)
    {
        var store = new JournalStore(path);
        _paths.Add(store, path);
        return store;
    }
}
