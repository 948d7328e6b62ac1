namespace BerOfChat.Signaling.Server;

/// <summary>The limits of a signaling endpoint. Its memory is at most about <see cref="MaxConnections"/> × (<see cref="MaxQueuedBytes"/> + 130 KiB + 200 B × topics).</summary>
public sealed class SignalingServerOptions
{
    /// <summary>How many connections are open at a time; further ones are refused with HTTP 503. Default: 10,000.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>How many topics a connection may be in; one more closes it. Default: 1,024.</summary>
    public int MaxTopicsPerConnection { get; set; } = 1024;

    /// <summary>How many connections may be in a topic; one more is closed. Two devices meet at a topic; an invitation for many may have more. Default: 256.</summary>
    public int MaxConnectionsPerTopic { get; set; } = 256;

    /// <summary>How many bytes may wait for a connection that reads slowly, before it is closed. Default: 1 MiB.</summary>
    public int MaxQueuedBytes { get; set; } = 1024 * 1024;

    /// <summary>How often an idle connection is pinged. Default: 30 s.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the answer to a ping may take, before the connection is closed. Default: 20 s.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnections, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxTopicsPerConnection, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnectionsPerTopic, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxQueuedBytes, SignalingFrame.MaxSize);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PingInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PingTimeout, TimeSpan.Zero);
    }
}
