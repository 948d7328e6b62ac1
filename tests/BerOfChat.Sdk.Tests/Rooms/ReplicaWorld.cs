using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Any number of replicas in virtual time, and sessions between them that may lose, repeat and re-order what is said.</summary>
internal sealed class ReplicaWorld(int seed)
{
    private readonly Random _chance = new(seed);
    private readonly Dictionary<(ReplicaHost, ReplicaHost), int> _sessions = [];
    private readonly PriorityQueue<(int Session, ReplicaHost To, byte[] Message), (MonotonicTime At, long Number)> _travelling = new();
    private readonly Dictionary<(int Session, ReplicaHost To), MonotonicTime> _lastArrival = [];
    private int _lastSession;
    private long _number;

    public List<ReplicaHost> Hosts { get; } = [];

    public MonotonicTime Now { get; private set; }

    /// <summary>The share of messages that are lost, repeated and re-ordered. A real session does none of it.</summary>
    public double Chaos { get; set; }

    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Messages for which it is true never arrive.</summary>
    public Func<int, SyncMessage, bool>? Swallows { get; set; }

    public ReplicaInvariants Invariants { get; } = new();

    public IEnumerable<ReplicaHost> Joined => Hosts.Where(host => host.Replica is { IsJoined: true });

    public ReplicaHost Add(string name, TimeSpan clockError = default)
    {
        var host = new ReplicaHost(name, (seed * 16) + Hosts.Count + 1) { ClockError = clockError, Sending = ReplicaInvariants.CheckSent };
        Hosts.Add(host);
        return host;
    }

    public bool IsConnected(ReplicaHost a, ReplicaHost b) => _sessions.ContainsKey(Pair(a, b));

    public int Connect(ReplicaHost a, ReplicaHost b)
    {
        if (_sessions.TryGetValue(Pair(a, b), out int open)) return open;
        int session = _sessions[Pair(a, b)] = ++_lastSession;
        a.Open(session, b, Now);
        b.Open(session, a, Now);
        return session;
    }

    public void ConnectAll()
    {
        foreach (ReplicaHost a in Hosts)
            foreach (ReplicaHost b in Hosts.Where(b => b != a)) Connect(a, b);
    }

    /// <summary>Ends a session, with everything that is on its way in it.</summary>
    public void Cut(ReplicaHost a, ReplicaHost b)
    {
        if (!_sessions.Remove(Pair(a, b), out int session)) return;
        a.Close(session, Now);
        b.Close(session, Now);
    }

    public void CutAll(ReplicaHost host)
    {
        foreach (ReplicaHost other in Hosts) Cut(host, other);
    }

    public void Crash(ReplicaHost host)
    {
        CutAll(host);
        host.Crash(Now);
    }

    /// <summary>Lets somebody in by an invitation, or tells again who is in already.</summary>
    public void Invite(ReplicaHost admin, ReplicaHost guest) =>
        admin.Replica!.AddMember(Connect(admin, guest), guest.Identity.AccountKey, (UInt128)(uint)Hosts.IndexOf(guest), new byte[] { 1 }, admin.Time(Now));

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

    private static (ReplicaHost, ReplicaHost) Pair(ReplicaHost a, ReplicaHost b) => string.CompareOrdinal(a.Name, b.Name) < 0 ? (a, b) : (b, a);

    private MonotonicTime? Step()
    {
        while (_travelling.TryPeek(out (int Session, ReplicaHost To, byte[] Message) arrived, out (MonotonicTime At, long) when) && when.At <= Now)
        {
            _travelling.Dequeue();
            if (arrived.To.Sessions.ContainsKey(arrived.Session)) arrived.To.Handle(arrived.Session, arrived.Message, Now);
        }

        MonotonicTime? next = null;
        foreach (ReplicaHost host in Hosts)
        {
            if (host.Replica is { NextTimeout: { } timeout } && timeout <= Now) host.Replica.HandleTimeout(host.Time(Now));
            host.Step(Now);
            while (host.Outgoing.TryDequeue(out (int Session, byte[] Message) sent))
            {
                if (host.Sessions.TryGetValue(sent.Session, out ReplicaHost? to)) Send(sent.Session, to, sent.Message);
            }

            Invariants.Check(host);
            next = MonotonicTime.Earliest(next, host.NextTimeout);
        }

        return _travelling.TryPeek(out _, out (MonotonicTime At, long) first) ? MonotonicTime.Earliest(next, first.At) : next;
    }

    private void Send(int session, ReplicaHost to, byte[] message)
    {
        if (_chance.NextDouble() < Chaos / 2) return;
        if (Swallows is not null && SyncMessageCodec.TryParse(message, out SyncMessage? parsed) && Swallows(session, parsed!)) return;
        int copies = _chance.NextDouble() < Chaos ? 2 : 1;
        for (int i = 0; i < copies; i++)
        {
            MonotonicTime at = Now + (_chance.NextDouble() * MaxDelay);
            if (_chance.NextDouble() >= Chaos)
            {
                MonotonicTime last = _lastArrival.GetValueOrDefault((session, to));
                if (at < last) at = last;
                _lastArrival[(session, to)] = at;
            }

            _travelling.Enqueue((session, to, message), (at, _number++));
        }
    }
}
