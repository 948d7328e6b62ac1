using BerOfChat.Primitives;

namespace BerOfChat.Simulation;

/// <summary>One direction of a path that several flows share: a queue that drops at its tail, a wire with a rate, then a delay. It knows sizes and times only; the same seed and the same calls give the same outcome.</summary>
internal sealed class Bottleneck(int seed, BottleneckConditions conditions)
{
    private readonly Random _random = new(seed);
    private readonly double _bytesPerTick = conditions.BytesPerSecond / (double)TimeSpan.TicksPerSecond;
    private double _wireFreeAtTicks;
    private MonotonicTime _lastArrival;

    public BottleneckConditions Conditions { get; } = conditions;

    public long QueueBytes { get; } = conditions.QueueBytes ?? conditions.BandwidthDelayProduct;

    /// <summary>Packets that came to a full queue.</summary>
    public long Overflowed { get; private set; }

    /// <summary>Packets that vanished by chance.</summary>
    public long Lost { get; private set; }

    /// <summary>Bytes that wait for the wire.</summary>
    public double Waiting(MonotonicTime now) => Math.Max(0, _wireFreeAtTicks - now.SinceStart.Ticks) * _bytesPerTick;

    /// <summary>Sends a packet of so many bytes. False when it does not arrive.</summary>
    public bool TrySend(int size, MonotonicTime now, out MonotonicTime arrival)
    {
        arrival = default;
        if (Waiting(now) + size > QueueBytes)
        {
            Overflowed++;
            return false;
        }

        // Ticks are too coarse to add up wire times of some ten microseconds each.
        _wireFreeAtTicks = Math.Max(_wireFreeAtTicks, now.SinceStart.Ticks) + (size / _bytesPerTick);
        if (_random.NextDouble() < Conditions.Loss)
        {
            Lost++;
            return false;
        }

        arrival = new MonotonicTime(TimeSpan.FromTicks((long)Math.Ceiling(_wireFreeAtTicks))) + Conditions.Delay + (_random.NextDouble() * Conditions.Jitter);
        if (_random.NextDouble() < Conditions.Reordering)
        {
            arrival += _random.NextDouble() * Conditions.ReorderDelay;
            return true;
        }

        if (arrival < _lastArrival) arrival = _lastArrival;
        _lastArrival = arrival;
        return true;
    }
}
