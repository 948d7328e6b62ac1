namespace BerOfChat.Client;

/// <summary>Counts how many calls run at a time.</summary>
internal sealed class CountingTransport(IPeerTransport inner) : IPeerTransport
{
    private readonly Lock _lock = new();
    private int _offers;

    public int MostOffersAtATime { get; private set; }

    public void Reset()
    {
        lock (_lock) MostOffersAtATime = _offers;
    }

    public async ValueTask<IPeerLink> ConnectAsync(PeerLinkRole role, INegotiationChannel negotiation, CancellationToken cancellationToken = default)
    {
        Count(role, 1);
        try
        {
            return await inner.ConnectAsync(role, negotiation, cancellationToken);
        }
        finally
        {
            Count(role, -1);
        }
    }

    private void Count(PeerLinkRole role, int change)
    {
        if (role != PeerLinkRole.Offerer) return;
        lock (_lock)
        {
            _offers += change;
            MostOffersAtATime = Math.Max(MostOffersAtATime, _offers);
        }
    }
}
