using System.Net;
using BerOfChat.Testing.Transport;
using BerOfChat.WebRtc;

namespace BerOfChat.Sdk.Tests.Transport;

/// <summary>WebRTC over real UDP on loopback keeps the contract.</summary>
public sealed class WebRtcPeerTransportContractTests : PeerTransportContract
{
    protected override ValueTask<IPeerTransport> CreateTransportAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IPeerTransport>(new WebRtcPeerTransport(new PeerConnectionOptions { BindAddresses = [IPAddress.Loopback] }));
}

/// <summary>The transport in memory keeps the contract.</summary>
public sealed class InMemoryPeerTransportContractTests : PeerTransportContract
{
    private readonly InMemoryPeerTransport _transport = new();

    protected override ValueTask<IPeerTransport> CreateTransportAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IPeerTransport>(_transport);
}
