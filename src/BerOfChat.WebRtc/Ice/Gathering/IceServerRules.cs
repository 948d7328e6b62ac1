namespace BerOfChat.WebRtc.Ice.Gathering;

/// <summary>What servers and policy have to be to each other.</summary>
internal static class IceServerRules
{
    /// <summary>What is wrong, in a sentence that says what to do; null when nothing is.</summary>
    public static string? FindMistake(PeerConnectionOptions options)
    {
        if (options.IceServers is null || options.IceServers.Any(static s => s is null)) return $"{nameof(options.IceServers)} is null or holds null. Leave it empty to use no servers.";
        foreach (IceServer server in options.IceServers)
        {
            if (server.FindMistake() is { } mistake) return mistake;
        }

        if (options.IceServers.Sum(static s => s.Endpoints.Count) > IceServerLimits.MaxUrls) return $"{nameof(options.IceServers)} holds more than {IceServerLimits.MaxUrls} URLs. Two or three servers are enough: all of them are asked each time.";
        if (!Enum.IsDefined(options.IceTransportPolicy)) return $"{nameof(options.IceTransportPolicy)} is none of its values.";
        bool relays = options.IceServers.Any(static s => s.Endpoints.Any(static e => e.IsTurn));
        if (options is { Proxy: not null, IceTransportPolicy: IceTransportPolicy.Relay } && relays && !options.IceServers.Any(static s => s.Endpoints.Any(static e => e is { IsTurn: true, IsStream: true })))
            return $"With {nameof(options.Proxy)} and {nameof(IceTransportPolicy)}.{nameof(IceTransportPolicy.Relay)} a TURN server over TCP or TLS is needed, for no proxy carries UDP: name one in {nameof(options.IceServers)}, for example turns:turn.example.org.";
        return options.IceTransportPolicy == IceTransportPolicy.Relay && !relays
            ? $"{nameof(IceTransportPolicy)}.{nameof(IceTransportPolicy.Relay)} needs a TURN server: name one in {nameof(options.IceServers)}, for example turn:turn.example.org."
            : null;
    }
}
