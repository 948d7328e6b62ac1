namespace BerOfChat.Browser;

/// <summary>One browser for all tests of a collection, and a page of its own for each test.</summary>
public abstract class ChromiumFixture(params string[] switches) : IAsyncLifetime
{
    private Chromium? _chromium;
    private string? _obstacle;

    public async ValueTask InitializeAsync()
    {
        _obstacle = Chromium.FindObstacle() ?? await BrowserNetwork.FindObstacleAsync();
        if (_obstacle is null) _chromium = await Chromium.StartAsync(switches);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_chromium is null) return;
        await _chromium.DisposeAsync();
        Assert.Empty(_chromium.Watch.Strangers);
    }

    /// <summary>The browser; without one the test is skipped and says why.</summary>
    internal Chromium Get()
    {
        if (_obstacle is not null) Assert.Skip(_obstacle);
        return _chromium!;
    }

    /// <summary>Runs a test against the browser; when it takes too long it fails with what the browser said.</summary>
    internal async Task RunAsync(Func<Chromium, CancellationToken, Task> test)
    {
        Chromium chromium = Get();
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            await test(chromium, patience.Token);
        }
        catch (OperationCanceledException e) when (patience.IsCancellationRequested)
        {
            Assert.Fail($"It took too long: {e.StackTrace}\nChromium says:\n{chromium.Errors}");
        }
    }

    /// <summary>Connects, runs a test, and closes both.</summary>
    internal Task RunAsync(PairOptions options, Func<BrowserPair, Task> test) => RunAsync(async (chromium, cancellationToken) =>
    {
        await using BrowserPair pair = await BrowserPair.ConnectAsync(chromium, options, cancellationToken);
        await test(pair);
    });
}

/// <summary>Chromium as everybody has it: its addresses stand behind mDNS names.</summary>
public sealed class DefaultChromium : ChromiumFixture;

/// <summary>Chromium that names its addresses.</summary>
public sealed class OpenChromium() : ChromiumFixture("--disable-features=WebRtcHideLocalIpsWithMdns");

[CollectionDefinition(Name)]
public sealed class DefaultChromiumDefinition : ICollectionFixture<DefaultChromium>
{
    public const string Name = "Chromium";
}

[CollectionDefinition(Name)]
public sealed class OpenChromiumDefinition : ICollectionFixture<OpenChromium>
{
    public const string Name = "Chromium with open addresses";
}
