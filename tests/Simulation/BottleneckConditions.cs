namespace BerOfChat.Simulation;

/// <summary>What a <see cref="Bottleneck"/> is like.</summary>
internal sealed record BottleneckConditions
{
    /// <summary>How much passes in a second, headers included.</summary>
    public required long BytesPerSecond { get; init; }

    /// <summary>The time a packet takes behind the queue, one way.</summary>
    public required TimeSpan Delay { get; init; }

    /// <summary>How many bytes may wait for the wire; what comes to a full queue is dropped. The default is what the path carries in one round trip.</summary>
    public int? QueueBytes { get; init; }

    /// <summary>The share of packets that vanish by chance, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>The share of packets that are overtaken: they take up to <see cref="ReorderDelay"/> longer, 0 to 1.</summary>
    public double Reordering { get; init; }

    /// <summary>How much longer a reordered packet may take.</summary>
    public TimeSpan ReorderDelay { get; init; }

    /// <summary>A random extra of 0 to this much; packets stay in order.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>A packet takes 0 to this much on its way to the queue. Without any noise there, flows fall into step, and who sends in pairs loses more than who does not.</summary>
    public TimeSpan AccessNoise { get; init; }

    /// <summary>What the path carries in one round trip.</summary>
    public long BandwidthDelayProduct => (long)(BytesPerSecond * 2 * Delay.TotalSeconds);
}
