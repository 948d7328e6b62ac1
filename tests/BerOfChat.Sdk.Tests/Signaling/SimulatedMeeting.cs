using BerOfChat.Primitives;
using BerOfChat.Signaling;
using BerOfChat.Simulation;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>Two devices, a lossy signaling service between them, and a link that opens when both have negotiated the same attempt.</summary>
internal sealed class SimulatedMeeting(SimulatedLink link, SignalingPlace[] places, long unixSeconds)
{
    private readonly Dictionary<LinkEnd, SimulatedDevice> _devices = [];

    public SignalingPlace[] Places => places;

    public MonotonicTime Now { get; private set; }

    public long UnixSeconds => unixSeconds + (long)Now.SinceStart.TotalSeconds;

    public SimulatedDevice A => _devices[LinkEnd.A];

    public SimulatedDevice B => _devices[LinkEnd.B];

    /// <summary>How much the clock of an end is wrong.</summary>
    public Dictionary<LinkEnd, long> ClockError { get; } = new() { [LinkEnd.A] = 0, [LinkEnd.B] = 0 };

    /// <summary>Puts a device at an end; the one that was there is gone, as if its process were killed.</summary>
    public SimulatedDevice Place(LinkEnd end, IMeetingCore core, SignalingPlace[]? joined = null)
    {
        var device = new SimulatedDevice(end, core, joined ?? places);
        if (_devices.Remove(end, out SimulatedDevice? old)) old.Core.Dispose();
        _devices.Add(end, device);
        core.HandleTimeout(Now, UnixSeconds + ClockError[end]);
        device.Drain(this);
        device.Join(this);
        return device;
    }

    public void Send(LinkEnd from, SignalingPlace place, ReadOnlySpan<byte> envelope)
    {
        byte[] packet = new byte[sizeof(int) + SignalingTopicId.Size + envelope.Length];
        BitConverter.TryWriteBytes(packet, place.Transport);
        place.Topic.CopyTo(packet.AsSpan(sizeof(int)));
        envelope.CopyTo(packet.AsSpan(sizeof(int) + SignalingTopicId.Size));
        link.Send(from, packet, Now);
    }

    /// <summary>Runs until the condition holds; false when it does not within the time.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        MonotonicTime end = Now + limit;
        while (!condition())
        {
            MonotonicTime? next = link.NextArrival;
            foreach (SimulatedDevice device in _devices.Values) next = MonotonicTime.Earliest(next, device.NextTimeout);
            if (next is not { } time || time > end)
            {
                Now = end;
                return condition();
            }

            if (time > Now) Now = time;
            foreach (LinkEnd side in Enum.GetValues<LinkEnd>()) Step(side);
        }

        return true;
    }

    public void Run(TimeSpan time) => RunUntil(static () => false, time);

    /// <summary>Opens the link and the session where both sides have negotiated the same attempt.</summary>
    public bool TryConnect()
    {
        if (A.Negotiated() is not { } a || B.Negotiated() is not { } b || a.Id != b.Id) return false;
        Assert.Equal(a.Suite, b.Suite);
        Assert.NotEqual(0, a.Suite);
        Assert.NotEqual(a.Role, b.Role);
        foreach ((SimulatedDevice device, NegotiationAttempt attempt) in new[] { (A, a), (B, b) })
        {
            device.Core.MarkOpen(attempt, Now);
            device.Drain(this);
            device.HasSession = true;
            (device.Core as PairMeetingCore)?.NotifySessionOpen(Now);
            device.Drain(this);
            device.Core.Finish(attempt, Now);
            device.Drain(this);
        }

        return true;
    }

    private void Step(LinkEnd end)
    {
        SimulatedDevice? device = _devices.GetValueOrDefault(end);
        while (link.TryReceive(end, Now, out byte[] packet))
        {
            if (device is null) continue;
            var place = new SignalingPlace(BitConverter.ToInt32(packet), new SignalingTopicId(packet.AsSpan(sizeof(int), SignalingTopicId.Size)));
            device.Core.HandleEnvelope(place, packet.AsSpan(sizeof(int) + SignalingTopicId.Size), Now);
            device.Drain(this);
        }

        if (device?.NextTimeout is not { } due || due > Now) return;
        device.Core.HandleTimeout(Now, UnixSeconds + ClockError[device.End]);
        device.Drain(this);
    }
}
