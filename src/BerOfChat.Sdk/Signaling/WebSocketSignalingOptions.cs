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

    /// <summary>Changes the client's options before each connection, for example to add a header or a proxy. Default: nothing.</summary>
    public Action<ClientWebSocketOptions>? Configure { get; init; }

    /// <summary>The source of time for <see cref="ConnectTimeout"/>. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero, nameof(ConnectTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(KeepAliveInterval, TimeSpan.Zero, nameof(KeepAliveInterval));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(KeepAliveTimeout, TimeSpan.Zero, nameof(KeepAliveTimeout));
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}
