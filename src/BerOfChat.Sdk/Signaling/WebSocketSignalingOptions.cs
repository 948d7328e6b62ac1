using System.Net;
using System.Net.WebSockets;

namespace BerOfChat;

/// <summary>How <see cref="WebSocketSignaling"/> connects.</summary>
public sealed record WebSocketSignalingOptions
{
    /// <summary>
    /// Allows <c>ws://</c> to any host. Envelopes are sealed either way, but without TLS everybody on the path sees which topics this device uses. Default: false,
    /// which allows <c>ws://</c> to loopback and private addresses only.
    /// </summary>
    public bool AllowInsecure { get; init; }

    /// <summary>How long connecting may take. Default: 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a ping is sent on an idle connection, which also keeps NATs open. Default: 25 s.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How long the answer to a ping may take before the connection counts as lost. Default: 15 s.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The proxy to connect through: a <see cref="WebProxy"/> with an address such as <c>http://proxy.example:3128</c> or <c>socks5://127.0.0.1:9050</c>, and with its <see cref="WebProxy.Credentials"/> where it
    /// wants some. The name of the service is resolved by the proxy. Default: null, which is what the system is set to (<c>HttpClient.DefaultProxy</c>).
    /// </summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>Changes the client's options before each connection, for example to add a header. Default: nothing.</summary>
    public Action<ClientWebSocketOptions>? Configure { get; init; }

    /// <summary>The source of time for <see cref="ConnectTimeout"/>. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero, nameof(ConnectTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(KeepAliveInterval, TimeSpan.Zero, nameof(KeepAliveInterval));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(KeepAliveTimeout, TimeSpan.Zero, nameof(KeepAliveTimeout));
        ArgumentNullException.ThrowIfNull(TimeProvider);
        if (Proxy is not WebProxy { Address: { } address }) return;
        if (address.Scheme is not ("http" or "https" or "socks4a" or "socks5")) throw new ArgumentException("The address of a proxy looks like http://proxy.example:3128 or socks5://127.0.0.1:9050.", nameof(Proxy));
        if (address.UserInfo.Length > 0) throw new ArgumentException("User name and password of a proxy do not stand in its address: set WebProxy.Credentials.", nameof(Proxy));
    }
}
