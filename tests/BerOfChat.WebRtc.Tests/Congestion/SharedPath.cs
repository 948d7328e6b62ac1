using BerOfChat.Primitives;
using BerOfChat.Simulation;

namespace BerOfChat.WebRtc.Tests.Congestion;

/// <summary>A path with a bottleneck in each direction that flows share, in virtual time. Like a real loop, it wakes for a time-out at the next full millisecond only.</summary>
internal sealed class SharedPath(BottleneckConditions conditions, int seed = 1)
{
    private static readonly TimeSpan s_wakeUp = TimeSpan.FromMilliseconds(1);

    private readonly Random _random = new(seed);
    private readonly PriorityQueue<(IPathFlow Flow, LinkEnd At, object Packet, int SizeBeforeQueue), (MonotonicTime At, long Number)> _travelling = new();
    private readonly Dictionary<(IPathFlow, LinkEnd), MonotonicTime> _lastEntry = [];
    private readonly List<(IPathFlow Flow, MonotonicTime StartsAt, bool HasStarted)> _flows = [];
    private readonly MonotonicTime[] _heldUntil = new MonotonicTime[2];
    private long _number;

    /// <summary>Sees every packet with the end that sends it; true loses it.</summary>
    public Func<LinkEnd, object, bool>? Intercept { get; set; }

    public MonotonicTime Now { get; private set; }

    public Bottleneck Forward { get; } = new(seed, conditions);

    public Bottleneck Backward { get; } = new(seed + 1_000_000, conditions);

    public void Add(IPathFlow flow, TimeSpan startsAfter = default) => _flows.Add((flow, Now + startsAfter, false));

    /// <summary>What an end sends from now on arrives when so much time has passed, and not before.</summary>
    public void Hold(LinkEnd from, TimeSpan duration) => _heldUntil[(int)from] = Now + duration;

    /// <param name="flow">The flow that gets it at the other end.</param>
    /// <param name="from">Where it is sent.</param>
    /// <param name="packet">What is in it.</param>
    /// <param name="size">Its bytes on the wire, all headers included.</param>
    public void Send(IPathFlow flow, LinkEnd from, object packet, int size)
    {
        if (Intercept?.Invoke(from, packet) == true) return;
        if (conditions.AccessNoise == default)
        {
            Enter(flow, from.Other(), packet, size);
            return;
        }

        MonotonicTime entry = Now + (_random.NextDouble() * conditions.AccessNoise);
        if (_lastEntry.TryGetValue((flow, from), out MonotonicTime last) && last > entry) entry = last;
        _lastEntry[(flow, from)] = entry;
        _travelling.Enqueue((flow, from.Other(), packet, size), (entry, _number++));
    }

    /// <summary>Lets time pass; <paramref name="afterStep"/> sees every step.</summary>
    public void Run(TimeSpan duration, Action? afterStep = null)
    {
        MonotonicTime end = Now + duration;
        while (true)
        {
            MonotonicTime next = NextEvent(out int flow);
            if (next > end) break;
            if (next > Now) Now = next;
            if (flow < 0)
            {
                (IPathFlow to, LinkEnd at, object packet, int sizeBeforeQueue) = _travelling.Dequeue();
                if (sizeBeforeQueue > 0) Enter(to, at, packet, sizeBeforeQueue);
                else to.Arrive(at, packet, Now);
            }
            else if (_flows[flow].HasStarted)
            {
                _flows[flow].Flow.HandleTimeout(Now);
            }
            else
            {
                _flows[flow] = _flows[flow] with { HasStarted = true };
                _flows[flow].Flow.Start(Now);
            }

            afterStep?.Invoke();
        }

        Now = end;
    }

    private void Enter(IPathFlow flow, LinkEnd to, object packet, int size)
    {
        Bottleneck direction = to == LinkEnd.B ? Forward : Backward;
        if (!direction.TrySend(size, Now, out MonotonicTime arrival)) return;
        if (_heldUntil[(int)to.Other()] is var held && held > arrival) arrival = held;
        _travelling.Enqueue((flow, to, packet, 0), (arrival, _number++));
    }

    private MonotonicTime NextEvent(out int flow)
    {
        flow = -1;
        MonotonicTime next = _travelling.TryPeek(out _, out (MonotonicTime At, long) arrival) ? arrival.At : new MonotonicTime(TimeSpan.MaxValue);
        for (int i = 0; i < _flows.Count; i++)
        {
            MonotonicTime? due = _flows[i].HasStarted ? RoundUp(_flows[i].Flow.NextTimeout) : _flows[i].StartsAt;
            if (due is not { } time || time >= next) continue;
            next = time;
            flow = i;
        }

        return next;
    }

    private static MonotonicTime? RoundUp(MonotonicTime? time) =>
        time is { } due ? new MonotonicTime(TimeSpan.FromTicks((due.SinceStart.Ticks + s_wakeUp.Ticks - 1) / s_wakeUp.Ticks * s_wakeUp.Ticks)) : null;
}
