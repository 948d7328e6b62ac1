namespace BerOfChat.Browser;

/// <summary>One process with libdatachannel for all its tests.</summary>
public sealed class LibDataChannelFixture : PeerFixture
{
    private LibDataChannelProcess? _process;

    protected override string Errors => _process!.Errors;

    protected override async Task<string?> StartAsync()
    {
        if ((LibDataChannelProcess.FindObstacle() ?? await PeerNetwork.FindObstacleAsync()) is { } obstacle) return obstacle;
        _process = await LibDataChannelProcess.StartAsync();
        return null;
    }

    protected override async ValueTask StopAsync()
    {
        await _process!.DisposeAsync();
        Assert.Empty(_process.Watch.Strangers);
    }

    private protected override Task<PeerPair> ConnectAsync(PairOptions options, CancellationToken cancellationToken) =>
        PeerPair.ConnectAsync(_process!.OpenPeer(), _process.Network, options, cancellationToken);
}

[CollectionDefinition(Name)]
public sealed class LibDataChannelDefinition : ICollectionFixture<LibDataChannelFixture>
{
    public const string Name = "libdatachannel";
}
