namespace BerOfChat.Testing.Transport;

/// <summary>Both ends of a link.</summary>
internal sealed record LinkPair(IPeerLink Offerer, IPeerLink Answerer, CancellationToken Patience) : IAsyncDisposable
{
    public static async Task<LinkPair> ConnectAsync(IPeerTransport offerer, IPeerTransport answerer, NegotiationPair negotiation, CancellationToken cancellationToken)
    {
        Task<IPeerLink> offering = Task.Run(() => offerer.ConnectAsync(PeerLinkRole.Offerer, negotiation.Offerer, cancellationToken).AsTask(), cancellationToken);
        Task<IPeerLink> answering = Task.Run(() => answerer.ConnectAsync(PeerLinkRole.Answerer, negotiation.Answerer, cancellationToken).AsTask(), cancellationToken);
        return new LinkPair(await offering.WaitAsync(cancellationToken), await answering.WaitAsync(cancellationToken), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Offerer.DisposeAsync().AsTask().WaitAsync(Patience);
        await Answerer.DisposeAsync().AsTask().WaitAsync(Patience);
    }
}
