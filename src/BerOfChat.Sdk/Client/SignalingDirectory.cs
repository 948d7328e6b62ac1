using BerOfChat.Signaling;

namespace BerOfChat.Client;

/// <summary>Where devices are met: the client's own signaling, and the services that invitations and rooms name. Owns the connections it makes.</summary>
internal sealed class SignalingDirectory(BerOfChatOptions options) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Uri, WebSocketSignaling> _services = [];

    /// <summary>The addresses that our invitations name.</summary>
    public IReadOnlyList<Uri> Advertised =>
        options.SignalingAddresses.Count > 0 ? [.. options.SignalingAddresses]
        : options.Signaling is WebSocketSignaling own ? [own.Address]
        : [];

    /// <summary>The client's own signaling first, then what the addresses name. Addresses that are not acceptable are left out.</summary>
    public IReadOnlyList<ISignalingTransport> For(IEnumerable<Uri> addresses)
    {
        List<ISignalingTransport> transports = options.Signaling is null ? [] : [options.Signaling];
        foreach (Uri address in addresses)
        {
            bool isOwn = options.Signaling is not null && Advertised.Contains(address);
            if (isOwn || !SignalingAddress.IsWebSocket(address) || !SignalingAddress.IsSecureOrPrivate(address)) continue;
            if (transports.Count == MaxServices) break;
            lock (_lock)
            {
                if (!_services.TryGetValue(address, out WebSocketSignaling? service)) _services.Add(address, service = new WebSocketSignaling(address));
                if (!transports.Contains(service)) transports.Add(service);
            }
        }

        return transports;
    }

    public static IEnumerable<Uri> Parse(IEnumerable<string> addresses)
    {
        foreach (string address in addresses)
        {
            if (Uri.TryCreate(address, UriKind.Absolute, out Uri? uri)) yield return uri;
        }
    }

    public async ValueTask DisposeAsync()
    {
        WebSocketSignaling[] services;
        lock (_lock) services = [.. _services.Values];
        foreach (WebSocketSignaling service in services) await service.DisposeAsync().ConfigureAwait(false);
    }

    private const int MaxServices = 8;
}
