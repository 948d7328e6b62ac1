using BerOfChat.Testing.Storage;

namespace BerOfChat.Storage;

public sealed class InMemoryMessageStoreTests : MessageStoreContract
{
    protected override IMessageStore CreateStore() => new InMemoryMessageStore();

    protected override IMessageStore Reopen(IMessageStore closed) => closed;
}

public sealed class SqliteMessageStoreTests : MessageStoreContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private string? _path;

    public void Dispose() => _directory.Dispose();

    protected override IMessageStore CreateStore() => new SqliteMessageStore(_path = Path.Combine(_directory.Path, "profile", "store.db"));

    protected override IMessageStore Reopen(IMessageStore closed) => new SqliteMessageStore(_path!);
}
