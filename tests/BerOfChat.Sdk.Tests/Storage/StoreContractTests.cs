using BerOfChat.Testing.Storage;

namespace BerOfChat.Storage;

public sealed class InMemoryMessageStoreTests : MessageStoreContract
{
    protected override IMessageStore CreateStore() => new InMemoryMessageStore();

    protected override IMessageStore Reopen(IMessageStore store) => store;
}

public sealed class SqliteMessageStoreTests : DurableMessageStoreContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<IMessageStore, string> _paths = [];

    public void Dispose() => _directory.Dispose();

    protected override IMessageStore CreateStore() => Open(Path.Combine(_directory.Path, "profile", "store.db"));

    protected override IMessageStore Reopen(IMessageStore store) => Open(_paths[store]);

    protected override IMessageStore OpenAsKilled(IMessageStore running)
    {
        string directory = Path.GetDirectoryName(_paths[running])!;
        string copy = Directory.CreateDirectory(_directory.File($"copy{_paths.Count}")).FullName;
        foreach (string file in Directory.GetFiles(directory).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal))) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return Open(Path.Combine(copy, "store.db"));
    }

    private SqliteMessageStore Open(string path)
    {
        var store = new SqliteMessageStore(path);
        _paths.Add(store, path);
        return store;
    }
}
