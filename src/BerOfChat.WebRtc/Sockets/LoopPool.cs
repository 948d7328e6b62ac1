namespace BerOfChat.WebRtc.Sockets;

/// <summary>The loops of a process, and how connections are shared out among them.</summary>
internal sealed class LoopPool(int maxLoops, Func<EventLoop> start)
{
    /// <summary>So many clients share a loop before another one is started: a few are served sooner by a thread that is awake.</summary>
    public const int ClientsBeforeNextLoop = 16;

    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private Entry? _last;

    /// <summary>One loop for each processor, and no more than eight.</summary>
    public static LoopPool Shared { get; } = new(Math.Clamp(Environment.ProcessorCount, 1, 8), EventLoop.Start);

    /// <summary>A loop for one more client: the one with the fewest, or a new one.</summary>
    public EventLoop Take()
    {
        lock (_gate)
        {
            // Two at a time: where both ends of a connection are made in turn they share a loop, and none waits for a slower loop at its other end while the rest of its own take the time that it leaves.
            Entry? entry = _entries.MinBy(e => (e.Clients / 2, e != _last));
            if (entry is null || (entry.Clients >= ClientsBeforeNextLoop && _entries.Count < maxLoops)) _entries.Add(entry = new Entry(start()));
            entry.Clients++;
            _last = entry;
            return entry.Loop;
        }
    }

    /// <summary>A client has left its loop.</summary>
    public void Return(EventLoop loop)
    {
        lock (_gate) _entries.Single(e => e.Loop == loop).Clients--;
    }

    private sealed class Entry(EventLoop loop)
    {
        public EventLoop Loop => loop;

        public int Clients { get; set; }
    }
}
