using BerOfChat.Testing.Signaling;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>Signaling in the process keeps the contract.</summary>
public sealed class InProcessSignalingContractTests : SignalingTransportContract
{
    private readonly InProcessSignaling _signaling = new();

    protected override ValueTask<ISignalingTransport> CreateTransportAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ISignalingTransport>(_signaling);
}

/// <summary>WebSocket signaling against our server keeps the contract, with a connection for each device.</summary>
public sealed class WebSocketSignalingContractTests(SignalingServerFixture server) : SignalingTransportContract, IClassFixture<SignalingServerFixture>, IAsyncDisposable
{
    private readonly List<WebSocketSignaling> _created = [];

    protected override ValueTask<ISignalingTransport> CreateTransportAsync(CancellationToken cancellationToken)
    {
        var signaling = new WebSocketSignaling(server.Address);
        _created.Add(signaling);
        return ValueTask.FromResult<ISignalingTransport>(signaling);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (WebSocketSignaling signaling in _created) await signaling.DisposeAsync();
    }
}

/// <summary>WebSocket signaling keeps the contract also when several devices of one process share a connection.</summary>
public sealed class SharedWebSocketSignalingContractTests(SignalingServerFixture server)
    : SignalingTransportContract, IClassFixture<SignalingServerFixture>, IAsyncDisposable
{
    private readonly WebSocketSignaling _signaling = new(server.Address);

    protected override ValueTask<ISignalingTransport> CreateTransportAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ISignalingTransport>(_signaling);

    public ValueTask DisposeAsync() => _signaling.DisposeAsync();
}
