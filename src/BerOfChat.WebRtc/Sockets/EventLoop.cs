using System.Net.Sockets;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>A thread that serves connections: waits for their sockets and their timers, and for what is posted. A connection belongs to one loop.</summary>
/// <remarks>It lives as long as the process: a background thread that sleeps while it has nothing to serve.</remarks>
internal sealed class EventLoop
{
    private static readonly EventLoop[] s_loops = new EventLoop[Math.Clamp(Environment.ProcessorCount / 2, 1, 4)];
    private static readonly Lock s_gate = new();
    private static int s_next;

    private readonly MonotonicClock _clock = new(TimeProvider.System);
    private readonly ISocketWaiter _waiter;
    private readonly Lock _lock = new();
    private readonly List<ILoopClient> _clients = [];
    private readonly List<SocketWatch> _readable = [];
    private readonly HashSet<ILoopClient> _hasRead = [];
    private readonly List<SocketWatch> _othersReadable = [];
    private readonly List<ILoopClient> _others = [];
    private List<ILoopClient> _added = [];
    private List<ILoopClient> _removed = [];
    private bool _isSleeping;
    private bool _isWoken;
    private bool _wasBusy;
    private ulong _pass;

    private EventLoop(ISocketWaiter waiter)
    {
        _waiter = waiter;
        new Thread(Run) { IsBackground = true, Name = "BerOfChat WebRTC loop" }.Start();
    }

    /// <summary>Datagrams of any size, for the client whose turn it is.</summary>
    public byte[] Buffer { get; } = GC.AllocateArray<byte>(ushort.MaxValue, pinned: true);

    public MonotonicTime Now => _clock.Now;

    /// <summary>One of the process's loops, in turn; made when first needed.</summary>
    public static EventLoop Next()
    {
        lock (s_gate)
        {
            s_next = (s_next + 1) % s_loops.Length;
            return s_loops[s_next] ??= new EventLoop(SystemSockets.CreateWaiter());
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

    /// <summary>Waits for a socket of a client. On the loop's thread only.</summary>
    public void Watch(Socket socket, ILoopClient client, int linkId) => _waiter.Add(socket, new SocketWatch(client, linkId));

    /// <summary>No longer; call before the socket is closed. On the loop's thread only.</summary>
    public void Unwatch(Socket socket) => _waiter.Remove(socket);

    /// <summary>Makes the loop look at its clients; cheap when it is awake.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (_isWoken) return;
            _isWoken = true;
            if (!_isSleeping) return;
        }

        _waiter.Wake();
    }

    private void Run()
    {
        while (true)
        {
            UpdateClients();
            WaitForWork();
            MonotonicTime now = _clock.Now;
            _wasBusy = _readable.Count > 0 || Volatile.Read(ref _isWoken);
            ServeThoseInUse(now);
            ServeOthers(now);
        }
    }

    private void ServeThoseInUse(MonotonicTime now)
    {
        foreach (SocketWatch watch in _readable)
        {
            if (watch.Client.IsInUse) Read(watch, now);
            else _othersReadable.Add(watch);
        }

        foreach (ILoopClient client in _clients)
        {
            bool hasRead = _hasRead.Contains(client);
            if (!hasRead && !client.HasWork && !(client.NextTimeout <= now)) continue;
            if (hasRead || client.IsInUse) RunTurn(client, now);
            else _others.Add(client);
        }
    }

    // A hundred connections made at once take a tenth of a second. What they do not get in this pass, they get in the next: sockets stay readable, and what was posted stays posted.
    private void ServeOthers(MonotonicTime now)
    {
        MonotonicTime end = _clock.Now + s_forOthers;
        _pass++;
        for (int i = 0; i < _othersReadable.Count && (i == 0 || _clock.Now < end); i++)
        {
            SocketWatch watch = InTurn(_othersReadable, i);
            Read(watch, now);
            RunTurn(watch.Client, now);
        }

        for (int i = 0; i < _others.Count && (i == 0 || _clock.Now < end); i++) RunTurn(InTurn(_others, i), now);
    }

    // Each pass begins with another one.
    private T InTurn<T>(List<T> list, int index) => list[(int)((_pass + (ulong)index) % (ulong)list.Count)];

    private void UpdateClients()
    {
        _readable.Clear();
        _othersReadable.Clear();
        _others.Clear();
        _hasRead.Clear();
        lock (_lock)
        {
            _isWoken = false;
            _clients.AddRange(_added);
            _added.Clear();
            foreach (ILoopClient client in _removed) _clients.Remove(client);
            _removed.Clear();
        }
    }

    private void WaitForWork()
    {
        TimeSpan? wait = GetWait();
        if (wait != TimeSpan.Zero && Poll(wait)) return;
        lock (_lock)
        {
            // Whoever posts from here on sees that the loop sleeps, and wakes it.
            if (_isWoken) wait = TimeSpan.Zero;
            _isSleeping = true;
        }

        _waiter.Wait(wait, _readable);
        lock (_lock) _isSleeping = false;
    }

    // An answer often comes sooner than a sleeping thread wakes, and who posts meanwhile need not wake anybody. Returns whether there is something to do.
    private bool Poll(TimeSpan? wait)
    {
        if (!_wasBusy) return false;
        MonotonicTime begin = _clock.Now;
        MonotonicTime end = begin + (wait is { } due && due < s_longestPoll ? due : s_longestPoll);
        do
        {
            _waiter.Wait(TimeSpan.Zero, _readable);
            if (_readable.Count > 0 || Volatile.Read(ref _isWoken)) return true;
            Thread.Yield();
        }
        while (_clock.Now < end);

        return false;
    }

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
        return wait <= TimeSpan.Zero ? TimeSpan.Zero : wait < s_longestWait ? wait : s_longestWait;
    }

    private void Read(SocketWatch watch, MonotonicTime now)
    {
        try
        {
            watch.Client.HandleReadable(watch.LinkId, now);
            _hasRead.Add(watch.Client);
        }
        catch (Exception e)
        {
            watch.Client.HandleFault(e);
        }
    }

    private static void RunTurn(ILoopClient client, MonotonicTime now)
    {
        try
        {
            client.RunTurn(now);
        }
        catch (Exception e)
        {
            client.HandleFault(e);
        }
    }

    private static readonly TimeSpan s_longestPoll = TimeSpan.FromMicroseconds(50);

    /// <summary>What those that are made or closed get of each pass together, and one step at least.</summary>
    private static readonly TimeSpan s_forOthers = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);
}
