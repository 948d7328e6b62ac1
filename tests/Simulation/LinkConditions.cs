namespace BerOfChat.Simulation;

/// <summary>What a <see cref="SimulatedLink"/> does to packets. The default is a perfect link without delay.</summary>
internal sealed record LinkConditions
{
    /// <summary>The share of packets that vanish, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>The share of packets that arrive twice, 0 to 1. The copy has a delay of its own.</summary>
    public double Duplication { get; init; }

    /// <summary>The share of packets that overtake and are overtaken: they wait up to <see cref="ReorderDelay"/> longer, 0 to 1.</summary>
    public double Reordering { get; init; }

    /// <summary>How much longer a reordered packet may take.</summary>
    public TimeSpan ReorderDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The time that every packet takes, one way.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>A random extra of 0 to this much. Packets stay in order unless <see cref="Reordering"/> picks them.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Bytes per second in each direction; null means unlimited.</summary>
    public int? Bandwidth { get; init; }

    /// <summary>With a bandwidth: what would wait longer than this is dropped, like by a full router queue.</summary>
    public TimeSpan QueueLimit { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Random conditions for property tests: loss up to 20 %, duplication and reordering up to 20 %, one-way delay up to <paramref name="maxDelay"/>.</summary>
    public static LinkConditions Rough(int seed, TimeSpan maxDelay)
    {
        var random = new Random(seed);
        return new LinkConditions
        {
            Loss = random.NextDouble() * 0.2,
            Duplication = random.NextDouble() * 0.2,
            Reordering = random.NextDouble() * 0.2,
            Delay = random.NextDouble() * maxDelay * 0.8,
            Jitter = random.NextDouble() * maxDelay * 0.2,
        };
    }
}
