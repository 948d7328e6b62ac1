namespace BerOfChat.Browser;

/// <summary>One browser for all tests of a collection, and a page of its own for each connection.</summary>
public abstract class ChromiumFixture(params string[] switches) : PeerFixture
{
    private Chromium? _chromium;

    protected override string Errors => _chromium!.Errors;

    /// <summary>Runs a test that needs the browser itself.</summary>
    internal Task RunAsync(Func<Chromium, CancellationToken, Task> test) => RunAsync(cancellationToken => test(_chromium!, cancellationToken));

    protected override async Task<string?> StartAsync()
    {
        if ((Chromium.FindObstacle() ?? await PeerNetwork.FindObstacleAsync()) is { } obstacle) return obstacle;
        _chromium = await Chromium.StartAsync(switches);
        return null;
    }

    protected override async ValueTask StopAsync()
    {
        await _chromium!.DisposeAsync();
        Assert.Empty(_chromium.Watch!.Strangers);
    }

    private protected override Task<PeerPair> ConnectAsync(PairOptions options, CancellationToken cancellationToken) => PeerPair.ConnectAsync(_chromium!, options, cancellationToken);
}

/// <summary>Chromium as everybody has it: its addresses stand behind mDNS names.</summary>
public sealed class DefaultChromium : ChromiumFixture;

/// <summary>Chromium that names its addresses.</summary>
public sealed class OpenChromium() : ChromiumFixture("--disable-features=WebRtcHideLocalIpsWithMdns");

/// <summary>Chromium that puts the SCTP handshake into its descriptions, which it does not by default yet.</summary>
public sealed class SnapChromium() : ChromiumFixture("--force-fieldtrials=WebRTC-Sctp-Snap/Enabled/");

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

[CollectionDefinition(Name)]
public sealed class SnapChromiumDefinition : ICollectionFixture<SnapChromium>
{
    public const string Name = "Chromium with SNAP";
}
