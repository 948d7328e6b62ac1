using System.Net.Sockets;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>A thread that serves connections: waits for their sockets and their timers, and for what is posted. A connection belongs to one loop.</summary>
/// <remarks>
/// It lives as long as the process: a background thread that sleeps while it has nothing to serve. What a turn costs does not depend on how many connections are idle; those that
/// are busy take turns of bounded length, so that what one sends is read before it sends more.
/// </remarks>
internal sealed class EventLoop(ISocketWaiter waiter, TimeProvider timeProvider)
{
    private readonly MonotonicClock _clock = new(timeProvider);
    private readonly Lock _lock = new();
    private readonly List<SocketWatch> _readable = [];
    private readonly TimerHeap _timers = new();
    private readonly List<SocketWatch> _othersReadable = [];
    private readonly Queue<LoopSeat> _others = [];
    private List<LoopSeat> _turns = [];
    private List<LoopSeat> _running = [];
    private List<LoopSeat> _requested = [];
    private List<LoopSeat> _taken = [];
    private volatile bool _hasRequests;
    private bool _isSleeping;
    private bool _wasBusy;
    private ulong _pass;

    /// <summary>Datagrams of any size, for the client whose turn it is.</summary>
    public byte[] Buffer { get; } = GC.AllocateArray<byte>(ushort.MaxValue, pinned: true);

    public MonotonicTime Now => _clock.Now;

    /// <summary>A loop on a thread of its own, for good.</summary>
    public static EventLoop Start()
    {
        EventLoop loop = new(SystemSockets.CreateWaiter(), TimeProvider.System);
        new Thread(loop.Run) { IsBackground = true, Name = "BerOfChat WebRTC loop" }.Start();
        return loop;
    }

    /// <summary>Waits for work, then gives one turn to each who has some; see <see cref="ILoopClient.IsInUse"/> for those that may have to wait for the next pass.</summary>
    public void RunOnce()
    {
        WaitForWork();
        MonotonicTime now = _clock.Now;
        _wasBusy = _readable.Count > 0 || _hasRequests;
        foreach (SocketWatch watch in _readable)
        {
            if (!watch.Seat.Client.IsInUse) _othersReadable.Add(watch);
            else if (Read(watch, now)) GiveTurn(watch.Seat);
        }

        _readable.Clear();
        if (_hasRequests) TakeRequests();
        while (_timers.TryTakeDue(now, out LoopSeat? seat)) GiveTurn(seat!);

        // Whoever wants another turn stands in the next row.
        (_running, _turns) = (_turns, _running);
        foreach (LoopSeat seat in _running) TakeTurn(seat, now);
        _running.Clear();
        ServeOthers(now);
    }

    /// <summary>Gives a client a turn soon. From any thread, at most once before the loop has seen it.</summary>
    public void Request(LoopSeat seat)
    {
        lock (_lock)
        {
            _requested.Add(seat);
            _hasRequests = true;
            if (!_isSleeping) return;
            _isSleeping = false;
        }

        waiter.Wake();
    }

    /// <summary>For <see cref="LoopSeat"/>.</summary>
    public void Watch(Socket socket, SocketWatch watch) => waiter.Add(socket, watch);

    /// <summary>For <see cref="LoopSeat"/>.</summary>
    public void Unwatch(Socket socket) => waiter.Remove(socket);

    /// <summary>For <see cref="LoopSeat"/>.</summary>
    public void Forget(LoopSeat seat) => _timers.Remove(seat);

    private void Run()
    {
        while (true) RunOnce();
    }

    // A hundred connections made at once take a tenth of a second. What they do not get in this pass, they get in the next: sockets stay readable, and who was asked for stands in a row.
    private void ServeOthers(MonotonicTime now)
    {
        MonotonicTime end = _clock.Now + s_forOthers;
        _pass++;
        for (int i = 0; i < _othersReadable.Count && (i == 0 || _clock.Now < end); i++)
        {
            // Each pass begins with another one.
            SocketWatch watch = _othersReadable[(int)((_pass + (ulong)i) % (ulong)_othersReadable.Count)];
            if (Read(watch, now)) RunTurn(watch.Seat, now);
        }

        _othersReadable.Clear();
        int count = _others.Count;
        for (int i = 0; i < count && (i == 0 || _clock.Now < end); i++) TakeTurn(_others.Dequeue(), now);
    }

    private void WaitForWork()
    {
        TimeSpan? wait = GetWait();
        if (wait != TimeSpan.Zero && Poll(wait)) return;
        if (wait != TimeSpan.Zero)
        {
            lock (_lock)
            {
                // Whoever requests from here on sees that the loop sleeps, and wakes it.
                if (_hasRequests) wait = TimeSpan.Zero;
                else _isSleeping = true;
            }
        }

        waiter.Wait(wait, _readable);
        if (wait == TimeSpan.Zero) return;
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
            waiter.Wait(TimeSpan.Zero, _readable);
            if (_readable.Count > 0 || _hasRequests) return true;
            Thread.Yield();
        }
        while (_clock.Now < end);

        return false;
    }

    private TimeSpan? GetWait()
    {
        if (_turns.Count > 0 || _others.Count > 0 || _hasRequests) return TimeSpan.Zero;
        if (_timers.Next is not { } due) return null;
        TimeSpan wait = due - _clock.Now;
        return wait <= TimeSpan.Zero ? TimeSpan.Zero : wait < s_longestWait ? wait : s_longestWait;
    }

    private void TakeRequests()
    {
        lock (_lock)
        {
            (_taken, _requested) = (_requested, _taken);
            _hasRequests = false;
        }

        foreach (LoopSeat seat in _taken)
        {
            seat.ForgetRequest();
            GiveTurn(seat);
        }

        _taken.Clear();
    }

    private void GiveTurn(LoopSeat seat)
    {
        if (seat.HasTurn) return;
        seat.HasTurn = true;
        if (seat.Client.IsInUse) _turns.Add(seat);
        else _others.Enqueue(seat);
    }

    // Returns whether a turn is to follow.
    private static bool Read(SocketWatch watch, MonotonicTime now)
    {
        if (watch.Seat.IsLeft) return false;
        try
        {
            watch.Seat.Client.HandleReadable(watch.LinkId, now);
        }
        catch (Exception e)
        {
            watch.Seat.Client.HandleFault(e);
        }

        return true;
    }

    private void TakeTurn(LoopSeat seat, MonotonicTime now)
    {
        seat.HasTurn = false;
        RunTurn(seat, now);
    }

    private void RunTurn(LoopSeat seat, MonotonicTime now)
    {
        if (seat.IsLeft) return;
        try
        {
            if (seat.Client.RunTurn(now)) GiveTurn(seat);
        }
        catch (Exception e)
        {
            seat.Client.HandleFault(e);
        }

        if (!seat.IsLeft) _timers.Update(seat);
    }

    private static readonly TimeSpan s_longestPoll = TimeSpan.FromMicroseconds(50);

    /// <summary>What those that are made or closed get of each pass together, and one step at least.</summary>
    private static readonly TimeSpan s_forOthers = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);
}
