using System.Net;
using System.Net.Sockets;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>A thread that serves connections: waits for their sockets and their timers, and for what is posted. A connection belongs to one loop.</summary>
/// <remarks>It lives as long as the process: a background thread that sleeps while it has nothing to serve.</remarks>
#pragma warning disable CA1001 // The wake-up sockets live as long as the process.
internal sealed class EventLoop
#pragma warning restore CA1001
{
    private static readonly EventLoop[] s_loops = new EventLoop[Math.Clamp(Environment.ProcessorCount / 2, 1, 4)];
    private static readonly Lock s_gate = new();
    private static int s_next;

    private readonly MonotonicClock _clock = new(TimeProvider.System);
    private readonly Lock _lock = new();
    private readonly List<ILoopClient> _clients = [];
    private readonly Dictionary<Socket, ILoopClient> _bySocket = [];
    private readonly Socket _wakeReceiver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
    private readonly Socket _wakeSender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
    private readonly byte[] _wakeBuffer = new byte[16];
    private List<ILoopClient> _added = [];
    private List<ILoopClient> _removed = [];
    private bool _isSleeping;
    private bool _isWoken;

    private EventLoop()
    {
        _wakeReceiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wakeSender.Connect(_wakeReceiver.LocalEndPoint!);
        _wakeReceiver.Connect(_wakeSender.LocalEndPoint!);
        new Thread(Run) { IsBackground = true, Name = "BerOfChat WebRTC loop" }.Start();
    }

    /// <summary>One datagram of any size, for the client whose turn it is.</summary>
    public byte[] Buffer { get; } = new byte[ushort.MaxValue];

    public MonotonicTime Now => _clock.Now;

    /// <summary>One of the process's loops, in turn; made when first needed.</summary>
    public static EventLoop Next()
    {
        lock (s_gate)
        {
            s_next = (s_next + 1) % s_loops.Length;
            return s_loops[s_next] ??= new EventLoop();
        }
    }

    public void Add(ILoopClient client)
    {
        lock (_lock) _added.Add(client);
        Wake();
    }

    public void Remove(ILoopClient client)
    {
        lock (_lock) _removed.Add(client);
        Wake();
    }

    /// <summary>Makes the loop look at its clients; cheap when it is awake.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (_isWoken) return;
            _isWoken = true;
            if (!_isSleeping) return;
        }

        try
        {
            _wakeSender.Send(_wakeBuffer, 0, 1, SocketFlags.None);
        }
        catch (SocketException)
        {
            // The buffer of the wake-up socket is full: it is readable, so the loop wakes anyway.
        }
    }

    private void Run()
    {
        List<Socket> readable = [];
        while (true)
        {
            UpdateClients();
            WaitForWork(readable);
            MonotonicTime now = _clock.Now;
            foreach (Socket socket in readable)
            {
                if (socket == _wakeReceiver) DrainWakeUps();
                else if (_bySocket.TryGetValue(socket, out ILoopClient? client)) Guard(client, () => client.HandleReadable(socket, now));
            }

            foreach (ILoopClient client in _clients)
            {
                if (client.HasWork || client.NextTimeout <= now || readable.Count > 0) Guard(client, () => client.RunTurn(now));
            }
        }
    }

    private void UpdateClients()
    {
        List<ILoopClient> added, removed;
        lock (_lock)
        {
            _isWoken = false;
            (added, _added) = (_added, _added.Count > 0 ? [] : _added);
            (removed, _removed) = (_removed, _removed.Count > 0 ? [] : _removed);
        }

        foreach (ILoopClient client in added) _clients.Add(client);
        foreach (ILoopClient client in removed) _clients.Remove(client);
        _bySocket.Clear();
        foreach (ILoopClient client in _clients)
        {
            foreach (Socket socket in client.Sockets) _bySocket[socket] = client;
        }
    }

    private void WaitForWork(List<Socket> readable)
    {
        readable.Clear();
        readable.Add(_wakeReceiver);
        readable.AddRange(_bySocket.Keys);
        TimeSpan? wait = GetWait();
        lock (_lock)
        {
            // Whoever posts from here on sees that the loop sleeps, and wakes it.
            if (_isWoken) wait = TimeSpan.Zero;
            _isSleeping = true;
        }

        try
        {
            Socket.Select(readable, null, null, wait ?? Timeout.InfiniteTimeSpan);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A socket was closed while the loop slept; its client is leaving.
            readable.Clear();
        }

        lock (_lock) _isSleeping = false;
    }

    // Select knows milliseconds only: rounding down would spin until the time has come.
    private TimeSpan? GetWait()
    {
        MonotonicTime? next = null;
        foreach (ILoopClient client in _clients)
        {
            if (client.HasWork) return TimeSpan.Zero;
            next = MonotonicTime.Earliest(next, client.NextTimeout);
        }

        if (next is not { } due) return null;
        TimeSpan wait = due - _clock.Now;
        return wait <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Min(60_000, Math.Ceiling(wait.TotalMilliseconds)));
    }

    private void DrainWakeUps()
    {
        while (_wakeReceiver.Available > 0) _wakeReceiver.Receive(_wakeBuffer);
    }

    private static void Guard(ILoopClient client, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            client.HandleFault(e);
        }
    }
}
