using System.Net;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Tests.Ice;

/// <summary>Two agents in virtual time. Every datagram passes one lossy network that knows addresses, and can translate one side's.</summary>
internal sealed class IceWorld
{
    private readonly Random _random;
    private readonly PriorityQueue<(TransportAddress From, TransportAddress To, byte[] Packet), (TimeSpan, long)> _travelling = new();
    private readonly Dictionary<TransportAddress, (IceAgent Agent, int SocketId)> _sockets = [];
    private readonly Dictionary<TransportAddress, TransportAddress> _translations = [];
    private readonly LinkConditions _conditions;
    private long _number;

    public IceWorld(int seed, LinkConditions? conditions = null, bool bothControl = false, bool noneControls = false, TimeSpan? searchFor = null)
    {
        _random = new Random(seed);
        _conditions = conditions ?? new LinkConditions { Delay = TimeSpan.FromMilliseconds(10) };
        TimeSpan search = searchFor ?? IceAgentOptions.DefaultFailedAfter;
        A = new IceAgent(new IceAgentOptions { IsControlling = !noneControls, SearchFor = search }, new SeededRandomSource(seed));
        B = new IceAgent(new IceAgentOptions { IsControlling = bothControl, SearchFor = search }, new SeededRandomSource(seed + 1000));
    }

    public IceAgent A { get; }

    public IceAgent B { get; }

    public MonotonicTime Now { get; private set; }

    public Func<TransportAddress, TransportAddress, bool>? IsBlocked { get; set; }

    public List<string> LinesOfA { get; } = [];

    public List<string> LinesOfB { get; } = [];

    public static TransportAddress Address(string address, int port) => TransportAddress.From(IPAddress.Parse(address), port);

    public void AddSocket(IceAgent agent, int socketId, string address, int port, string? seenAs = null)
    {
        TransportAddress local = Address(address, port);
        _sockets[local] = (agent, socketId);
        if (seenAs is not null)
        {
            TransportAddress outside = Address(seenAs, port);
            _translations[local] = outside;
            _sockets[outside] = (agent, socketId);
        }

        agent.AddLocalHostCandidate(socketId, local, Now);
        Collect();
    }

    /// <summary>The door in front of a socket gives it another address; the old one leads nowhere.</summary>
    public void Rebind(string address, int port, string seenAs)
    {
        TransportAddress local = Address(address, port), outside = Address(seenAs, port);
        if (_translations.TryGetValue(local, out TransportAddress before)) _sockets.Remove(before);
        _translations[local] = outside;
        _sockets[outside] = _sockets[local];
    }

    /// <summary>Exchanges credentials and all candidates.</summary>
    public void Introduce(bool tellCandidatesOfB = true)
    {
        A.SetRemoteCredentials(B.LocalCredentials, Now);
        B.SetRemoteCredentials(A.LocalCredentials, Now);
        foreach (string line in LinesOfA) Assert.True(B.TryAddRemoteCandidate(line, Now));
        if (tellCandidatesOfB) foreach (string line in LinesOfB) Assert.True(A.TryAddRemoteCandidate(line, Now));
    }

    public void RunFor(TimeSpan duration)
    {
        MonotonicTime end = Now + duration;
        while (Step(end))
        {
        }

        Now = end;
    }

    public bool RunUntil(Func<bool> condition, TimeSpan patience)
    {
        MonotonicTime end = Now + patience;
        while (!condition())
        {
            if (!Step(end)) return condition();
        }

        return true;
    }

    private bool Step(MonotonicTime end)
    {
        Flush(A);
        Flush(B);
        Collect();
        MonotonicTime? next = MonotonicTime.Earliest(A.NextTimeout, B.NextTimeout);
        if (_travelling.TryPeek(out _, out (TimeSpan At, long) arrival)) next = MonotonicTime.Earliest(next, new MonotonicTime(arrival.At));
        if (next is not { } due || due > end) return false;
        if (due > Now) Now = due;

        while (_travelling.TryPeek(out (TransportAddress From, TransportAddress To, byte[] Packet) datagram, out (TimeSpan At, long) at) && at.At <= Now.SinceStart)
        {
            _travelling.Dequeue();
            if (!_sockets.TryGetValue(datagram.To, out (IceAgent Agent, int SocketId) target)) continue;
            target.Agent.HandlePacket(target.SocketId, datagram.From, datagram.Packet, Now);
        }

        if (A.NextTimeout <= Now) A.HandleTimeout(Now);
        if (B.NextTimeout <= Now) B.HandleTimeout(Now);
        return true;
    }

    private void Flush(IceAgent agent)
    {
        byte[] buffer = new byte[2048];
        while (agent.WritePacket(buffer, out IceRoute route) is > 0 and int length)
        {
            TransportAddress from = _sockets.First(s => s.Value.Agent == agent && s.Value.SocketId == route.SocketId).Key;
            if (_translations.TryGetValue(from, out TransportAddress outside)) from = outside;
            if (IsBlocked?.Invoke(from, route.Remote) == true || _random.NextDouble() < _conditions.Loss) continue;
            int copies = _random.NextDouble() < _conditions.Duplication ? 2 : 1;
            for (int i = 0; i < copies; i++)
            {
                TimeSpan at = Now.SinceStart + _conditions.Delay + (_random.NextDouble() * _conditions.Jitter);
                _travelling.Enqueue((from, route.Remote, buffer[..length]), (at, _number++));
            }
        }
    }

    private void Collect()
    {
        while (A.TryReadEvent(out IceEvent e))
        {
            if (e.Kind == IceEventKind.LocalCandidate) LinesOfA.Add(e.Line);
        }

        while (B.TryReadEvent(out IceEvent e))
        {
            if (e.Kind == IceEventKind.LocalCandidate) LinesOfB.Add(e.Line);
        }
    }
}
