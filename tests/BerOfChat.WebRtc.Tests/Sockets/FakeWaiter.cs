using System.Net.Sockets;
using BerOfChat.WebRtc.Sockets;

namespace BerOfChat.WebRtc.Tests.Sockets;

/// <summary>Waits in virtual time: each wait lasts as long as it may, unless something is readable or somebody wakes it.</summary>
internal sealed class FakeWaiter : TimeProvider, ISocketWaiter
{
    private static readonly TimeSpan s_call = TimeSpan.FromMicroseconds(1);

    private TimeSpan _now;

    /// <summary>What the next wait reports.</summary>
    public List<SocketWatch> Readable { get; } = [];

    /// <summary>How long each wait that may last has been asked to last; null for ever.</summary>
    public List<TimeSpan?> Waits { get; } = [];

    /// <summary>Happens in the next wait that may last.</summary>
    public Action? Meanwhile { get; set; }

    public int WakeUps { get; private set; }

    public TimeSpan Elapsed => _now;

    public void Advance(TimeSpan time) => _now += time;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public void Add(Socket socket, SocketWatch watch)
    {
    }

    public void Remove(Socket socket)
    {
    }

    public void Wait(TimeSpan? patience, List<SocketWatch> readable)
    {
        _now += s_call;
        readable.AddRange(Readable);
        Readable.Clear();
        if (patience == TimeSpan.Zero || readable.Count > 0) return;
        Waits.Add(patience);
        int wakeUps = WakeUps;
        (Action? meanwhile, Meanwhile) = (Meanwhile, null);
        meanwhile?.Invoke();
        if (WakeUps != wakeUps) return;
        _now += patience ?? throw new InvalidOperationException("The loop would sleep for ever.");
    }

    public void Wake() => WakeUps++;
}
