using System.Net;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Tests.Turn;

/// <summary>A TURN server, its clients and their peers in virtual time, with a network between them that may lose, repeat and reorder by a seed.</summary>
internal sealed class TurnWorld
{
    public static readonly TransportAddress ServerAddress = Address("203.0.113.1", 3478);

    private readonly Random _random;
    private readonly LinkConditions _conditions;
    private readonly PriorityQueue<(TransportAddress From, TransportAddress To, byte[] Packet), (TimeSpan, long)> _travelling = new();
    private readonly Dictionary<TransportAddress, TurnWorldClient> _clients = [];
    private readonly byte[] _buffer = new byte[TurnClient.MaxControlSize];
    private long _number;

    public TurnWorld(TurnServerModelOptions? options = null, LinkConditions? conditions = null, int seed = 1)
    {
        _random = new Random(seed);
        _conditions = conditions ?? new LinkConditions { Delay = TimeSpan.FromMilliseconds(10) };
        Server = new TurnServerModel(ServerAddress, options);
    }

    public TurnServerModel Server { get; }

    public MonotonicTime Now { get; private set; }

    /// <summary>Datagrams that came to an address which is neither the server's nor a client's.</summary>
    public List<(TransportAddress From, TransportAddress To, byte[] Data)> AtPeers { get; } = [];

    /// <summary>Sees every packet on its way and says whether it vanishes.</summary>
    public Func<TransportAddress, TransportAddress, byte[], bool>? Loses { get; set; }

    public static TransportAddress Address(string address, int port) => TransportAddress.From(IPAddress.Parse(address), port);

    /// <summary>A client at 192.0.2.(number), not asking for anything yet.</summary>
    public TurnWorldClient AddClient(int number = 1, TurnClientOptions? options = null)
    {
        TransportAddress address = Address($"192.0.2.{number}", 50_000);
        TurnClient core = new(options ?? Credentials(), new SeededRandomSource(number));
        TurnWorldClient client = new(core, address);
        _clients.Add(address, client);
        return client;
    }

    /// <summary>A client with an allocation.</summary>
    public TurnWorldClient Allocate(int number = 1, TurnClientOptions? options = null)
    {
        TurnWorldClient client = AddClient(number, options);
        client.Core.Allocate(Now);
        Assert.True(RunUntil(() => client.Core.State == TurnState.Allocated, TimeSpan.FromSeconds(60)), $"{client.Core.State} {client.Core.Failure}");
        return client;
    }

    public static TurnClientOptions Credentials(string? password = null) =>
        new() { Username = TurnServerModelOptions.DefaultUsername, Password = password ?? TurnServerModelOptions.DefaultPassword };

    /// <summary>A client sends data to a peer; false when its core refuses.</summary>
    public bool Send(TurnWorldClient client, TransportAddress peer, ReadOnlySpan<byte> data)
    {
        Drain();
        byte[] packet = new byte[data.Length + 64];
        int overhead = client.Core.GetOverhead(peer);
        data.CopyTo(packet.AsSpan(overhead));
        int length = client.Core.Seal(packet, peer, data.Length);
        if (length > 0) Travel(client.Address, client.Server, packet[..length]);
        return length > 0;
    }

    /// <summary>A peer sends data to a relayed address.</summary>
    public void SendFromPeer(TransportAddress peer, TransportAddress relayed, byte[] data) => Travel(peer, relayed, data);

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
        Drain();
        MonotonicTime? next = null;
        foreach (TurnWorldClient client in _clients.Values) next = MonotonicTime.Earliest(next, client.Core.NextTimeout);
        if (_travelling.TryPeek(out _, out (TimeSpan At, long) arrival)) next = MonotonicTime.Earliest(next, new MonotonicTime(arrival.At));
        if (next is not { } due || due > end) return false;
        if (due > Now) Now = due;

        while (_travelling.TryPeek(out (TransportAddress From, TransportAddress To, byte[] Packet) datagram, out (TimeSpan At, long) at) && at.At <= Now.SinceStart)
        {
            _travelling.Dequeue();
            Deliver(datagram.From, datagram.To, datagram.Packet);
        }

        foreach (TurnWorldClient client in _clients.Values.Where(client => client.Core.NextTimeout <= Now))
        {
            client.Core.HandleTimeout(Now);
            Assert.False(client.Core.NextTimeout <= Now, "A timeout that was handled is due again at once.");
        }

        Drain();
        return true;
    }

    private void Deliver(TransportAddress from, TransportAddress to, byte[] packet)
    {
        if (_clients.TryGetValue(to, out TurnWorldClient? client))
        {
            if (from == client.Server && client.Core.TryHandlePacket(packet, Now, out TransportAddress peer, out int offset, out int length))
                client.Received.Add((peer, packet[offset..(offset + length)]));
        }
        else if (Server.Owns(to))
        {
            Server.HandleDatagram(from, to, packet, Now);
        }
        else
        {
            AtPeers.Add((from, to, packet));
        }
    }

    private void Drain()
    {
        while (Server.TryTake(out TransportAddress from, out TransportAddress to, out byte[] packet)) Travel(from, to, packet);
        foreach (TurnWorldClient client in _clients.Values)
        {
            while (client.Core.WritePacket(_buffer) is > 0 and int length) Travel(client.Address, client.Server, _buffer[..length]);
            while (client.Core.TryReadEvent(out TurnEvent e)) client.Events.Add(e);
        }
    }

    private void Travel(TransportAddress from, TransportAddress to, byte[] packet)
    {
        if (Loses?.Invoke(from, to, packet) == true || _random.NextDouble() < _conditions.Loss) return;
        int copies = _random.NextDouble() < _conditions.Duplication ? 2 : 1;
        for (int i = 0; i < copies; i++)
        {
            TimeSpan at = Now.SinceStart + _conditions.Delay + (_random.NextDouble() * _conditions.Jitter);
            if (_random.NextDouble() < _conditions.Reordering) at += _random.NextDouble() * _conditions.ReorderDelay;
            _travelling.Enqueue((from, to, packet), (at, _number++));
        }
    }
}

/// <summary>A client in a <see cref="TurnWorld"/>, and what it was told.</summary>
internal sealed class TurnWorldClient(TurnClient core, TransportAddress address)
{
    public TurnClient Core { get; } = core;

    public TransportAddress Address { get; } = address;

    /// <summary>The server that it talks to.</summary>
    public TransportAddress Server { get; set; } = TurnWorld.ServerAddress;

    public List<TurnEvent> Events { get; } = [];

    public List<(TransportAddress Peer, byte[] Data)> Received { get; } = [];

    public IEnumerable<TurnEventKind> Kinds => Events.Select(e => e.Kind);
}
