using BerOfChat.Primitives;

namespace BerOfChat.Sessions.Handshake;

/// <summary>Counts the handshakes with each device that failed within the last minute: after five of them no more are begun, because each costs key agreements.</summary>
internal sealed class HandshakeFailures
{
    /// <summary>How many may fail within <see cref="Window"/>.</summary>
    public const int Limit = 5;

    /// <summary>For how long a failure counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Dictionary<Bytes32, Queue<MonotonicTime>> _failures = [];

    /// <summary>Whether another handshake with the device may begin.</summary>
    public bool IsAllowed(Bytes32 device, MonotonicTime now)
    {
        if (!_failures.TryGetValue(device, out Queue<MonotonicTime>? failures)) return true;
        while (failures.TryPeek(out MonotonicTime first) && now - first >= Window) failures.Dequeue();
        if (failures.Count > 0) return failures.Count < Limit;
        _failures.Remove(device);
        return true;
    }

    /// <summary>A handshake with the device has failed.</summary>
    public void Note(Bytes32 device, MonotonicTime now)
    {
        if (!_failures.TryGetValue(device, out Queue<MonotonicTime>? failures)) _failures.Add(device, failures = new Queue<MonotonicTime>(Limit));
        if (failures.Count == Limit) failures.Dequeue();
        failures.Enqueue(now);
    }
}
