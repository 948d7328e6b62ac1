namespace BerOfChat.Hosting;

/// <summary>The services that a registered client is made of; null where the options or the defaults speak.</summary>
internal sealed class ClientParts
{
    public Part<ISignalingTransport>? Signaling { get; set; }

    public Part<IPeerTransport>? Transport { get; set; }

    public Func<IServiceProvider, IMessageStore>? Store { get; set; }

    public Func<IServiceProvider, CancellationToken, ValueTask<Unlock>>? Unlock { get; set; }
}

/// <summary>How a part is made, and whether whoever made it also disposes it.</summary>
internal sealed record Part<T>(Func<IServiceProvider, T> Create, bool IsOwned)
    where T : class;
