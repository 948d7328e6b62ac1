using BerOfChat.Primitives;
using BerOfChat.Simulation;

namespace BerOfChat.Rooms;

/// <summary>Alice, who made a room, and Bob, whom she let in, on a simulated network in virtual time.</summary>
internal sealed class TwoReplicas
{
    private readonly int _seed;
    private readonly LinkConditions _conditions;
    private ReliableLane? _session;
    private int _sessions;

    public TwoReplicas(int seed, LinkConditions conditions, TimeSpan bobsClockError = default)
    {
        _seed = seed;
        _conditions = conditions;
        Alice = new ReplicaHost("Alice", (seed * 2) + 1);
        Bob = new ReplicaHost("Bob", (seed * 2) + 2) { ClockError = bobsClockError };
        Alice.Create("weekend", Now);
    }

    public ReplicaHost Alice { get; }

    public ReplicaHost Bob { get; }

    public MonotonicTime Now { get; private set; }

    public bool IsConnected => _session is not null;

    /// <summary>Opens a session. While Bob is no member his invitation is redeemed in it.</summary>
    public void Connect()
    {
        _session = new ReliableLane(new SimulatedLink(_seed + (1000 * ++_sessions), _conditions));
        Alice.Outgoing.Clear();
        Bob.Outgoing.Clear();
        Alice.Open(1, Bob, Now);
        Bob.Open(1, Alice, Now);
        if (Bob.Replica is not { IsJoined: true }) Alice.Replica!.AddMember(1, Bob.Identity.AccountKey, 77, new byte[] { 1 }, Alice.Time(Now));
        Step();
    }

    /// <summary>Loses the session with everything that was on its way.</summary>
    public void Cut()
    {
        _session = null;
        Alice.Close(1, Now);
        Bob.Close(1, Now);
        Step();
    }

    public void Crash(ReplicaHost host)
    {
        if (IsConnected) Cut();
        host.Crash(Now);
    }

    public void RunFor(TimeSpan duration)
    {
        MonotonicTime end = Now + duration;
        for (int steps = 0; Step() is { } next && next <= end; steps++)
        {
            Assert.True(steps < 200_000, "The replicas do not come to rest.");
            if (next > Now) Now = next;
        }

        Now = end;
    }

    private MonotonicTime? Step()
    {
        for (int i = 0; i < 2; i++)
        {
            ReplicaHost host = i == 0 ? Alice : Bob;
            if (host.Replica is { NextTimeout: { } timeout } && timeout <= Now) host.Replica.HandleTimeout(host.Time(Now));
            if (_session is not null)
            {
                foreach (byte[] message in _session.Receive((LinkEnd)i, Now)) host.Handle(1, message, Now);
            }

            host.Step(Now);
            while (host.Outgoing.TryDequeue(out (int Session, byte[] Message) sent)) _session?.Send((LinkEnd)i, sent.Message, Now);
        }

        return MonotonicTime.Earliest(_session?.NextTimeout, MonotonicTime.Earliest(Alice.NextTimeout, Bob.NextTimeout));
    }
}
