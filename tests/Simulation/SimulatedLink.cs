using BerOfChat.Primitives;

namespace BerOfChat.Simulation;

/// <summary>A datagram path between two ends in virtual time. The same seed and the same calls always give the same outcome.</summary>
/// <remarks>
/// Moves packets and knows nothing of what is in them. A driver sends, asks <see cref="NextArrival"/>, moves its clock there and receives.
/// Conditions may be replaced at any time; they hold for packets sent afterwards.
/// </remarks>
internal sealed class SimulatedLink(int seed, LinkConditions conditions)
{
    private readonly Random _random = new(seed);
    private readonly PriorityQueue<byte[], (MonotonicTime At, long Number)>[] _travelling = [new(), new()];
    private readonly MonotonicTime[] _lastArrival = new MonotonicTime[2];
    private readonly MonotonicTime[] _wireFree = new MonotonicTime[2];
    private long _number;

    public LinkConditions Conditions { get; set; } = conditions;

    /// <summary>Sees every packet before chance does, with the end that sent it; returns what travels on (changed or not), or null to lose it.</summary>
    public Func<LinkEnd, byte[], byte[]?>? Intercept { get; set; }

    public long Sent { get; private set; }

    public long Lost { get; private set; }

    public long Duplicated { get; private set; }

    /// <summary>When the next packet arrives at either end; null when nothing travels.</summary>
    public MonotonicTime? NextArrival => MonotonicTime.Earliest(ArrivalAt(LinkEnd.A), ArrivalAt(LinkEnd.B));

    /// <summary>Sends a copy of the packet from one end towards the other.</summary>
    public void Send(LinkEnd from, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        Sent++;
        byte[]? travelling = packet.ToArray();
        if (Intercept is not null) travelling = Intercept(from, travelling);
        if (travelling is null || _random.NextDouble() < Conditions.Loss)
        {
            Lost++;
            return;
        }

        LinkEnd to = from.Other();
        if (!TryPassWire(to, travelling.Length, now, out MonotonicTime departure))
        {
            Lost++;
            return;
        }

        Enqueue(to, travelling, departure);
        if (_random.NextDouble() < Conditions.Duplication)
        {
            Duplicated++;
            Enqueue(to, [.. travelling], departure);
        }
    }

    /// <summary>Takes the next packet that has arrived at this end by <paramref name="now"/>.</summary>
    public bool TryReceive(LinkEnd at, MonotonicTime now, out byte[] packet)
    {
        PriorityQueue<byte[], (MonotonicTime, long)> queue = _travelling[(int)at];
        if (!queue.TryPeek(out packet!, out (MonotonicTime At, long) arrival) || arrival.At > now)
        {
            packet = [];
            return false;
        }

        queue.Dequeue();
        return true;
    }

    /// <summary>Loses everything that travels.</summary>
    public void LoseAll()
    {
        foreach (PriorityQueue<byte[], (MonotonicTime, long)> queue in _travelling)
        {
            Lost += queue.Count;
            queue.Clear();
        }
    }

    private MonotonicTime? ArrivalAt(LinkEnd end) => _travelling[(int)end].TryPeek(out _, out (MonotonicTime At, long) arrival) ? arrival.At : null;

    private bool TryPassWire(LinkEnd to, int length, MonotonicTime now, out MonotonicTime departure)
    {
        departure = now;
        if (Conditions.Bandwidth is not { } bandwidth) return true;

        MonotonicTime start = _wireFree[(int)to] > now ? _wireFree[(int)to] : now;
        if (start - now > Conditions.QueueLimit) return false;
        departure = start + TimeSpan.FromSeconds((double)length / bandwidth);
        _wireFree[(int)to] = departure;
        return true;
    }

    private void Enqueue(LinkEnd to, byte[] packet, MonotonicTime departure)
    {
        MonotonicTime arrival = departure + Conditions.Delay + (_random.NextDouble() * Conditions.Jitter);
        if (_random.NextDouble() < Conditions.Reordering)
        {
            arrival += _random.NextDouble() * Conditions.ReorderDelay;
        }
        else
        {
            if (arrival < _lastArrival[(int)to]) arrival = _lastArrival[(int)to];
            _lastArrival[(int)to] = arrival;
        }

        _travelling[(int)to].Enqueue(packet, (arrival, _number++));
    }
}
