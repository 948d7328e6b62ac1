namespace BerOfChat.Browser;

/// <summary>One program for all tests of a collection, and a connection of its own for each test.</summary>
public abstract class PeerFixture : IAsyncLifetime
{
    private string? _obstacle;

    public async ValueTask InitializeAsync() => _obstacle = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_obstacle is null) await StopAsync();
    }

    /// <summary>Connects, runs a test, and closes both.</summary>
    internal Task RunAsync(PairOptions options, Func<PeerPair, Task> test) => RunAsync(async cancellationToken =>
    {
        await using PeerPair pair = await ConnectAsync(options, cancellationToken);
        await test(pair);
    });

    /// <summary>Starts the program, or says why it cannot be: every test is then skipped with that.</summary>
    protected abstract Task<string?> StartAsync();

    protected abstract ValueTask StopAsync();

    /// <summary>What the program has said, for a test that fails.</summary>
    protected abstract string Errors { get; }

    private protected abstract Task<PeerPair> ConnectAsync(PairOptions options, CancellationToken cancellationToken);

    private protected async Task RunAsync(Func<CancellationToken, Task> test)
    {
        if (_obstacle is not null) Assert.Skip(_obstacle);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            await test(patience.Token);
        }
        catch (OperationCanceledException e) when (patience.IsCancellationRequested)
        {
            Assert.Fail($"It took too long: {e.StackTrace}\nThe other side says:\n{Errors}");
        }
    }
}
