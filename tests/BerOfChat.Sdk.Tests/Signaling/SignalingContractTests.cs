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

/// <summary>WebSocket signaling notices that its server is gone, and finds the next one at the same address.</summary>
public sealed class WebSocketSignalingLossTests : SignalingLossContract, IAsyncDisposable
{
    private readonly List<WebSocketSignaling> _created = [];
    private SignalingServerFixture? _server;
    private Uri? _address;

    public async ValueTask DisposeAsync()
    {
        foreach (WebSocketSignaling signaling in _created) await signaling.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    protected override async ValueTask<ISignalingTransport> CreateTransportAsync(CancellationToken cancellationToken)
    {
        if (_address is null) await RestoreLinkAsync(cancellationToken);
        var signaling = new WebSocketSignaling(_address!);
        _created.Add(signaling);
        return signaling;
    }

    protected override async ValueTask LoseLinkAsync(CancellationToken cancellationToken)
    {
        await _server!.DisposeAsync();
        _server = null;
    }

    protected override async ValueTask RestoreLinkAsync(CancellationToken cancellationToken)
    {
        _server = new SignalingServerFixture { Port = _address?.Port ?? 0 };
        await _server.InitializeAsync();
        _address = _server.Address;
    }
}
