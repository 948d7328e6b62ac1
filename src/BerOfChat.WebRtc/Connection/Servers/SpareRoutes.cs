using BerOfChat.Primitives;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Connection.Servers;

/// <summary>Sockets that ask a TURN server only when those before them get no answer from it: each address costs its owner a port, many users may have only a few, and one is enough.</summary>
internal sealed class SpareRoutes
{
    /// <summary>So long each has before the next one asks too: less than a person notices, and more than most round trips.</summary>
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(250);

    private readonly List<(IceServerEntry Server, IceRoute Route, MonotonicTime At)> _waiting = [];

    public bool IsEmpty => _waiting.Count == 0;

    public MonotonicTime? NextTimeout
    {
        get
        {
            MonotonicTime? next = null;
            foreach ((_, _, MonotonicTime at) in _waiting) next = MonotonicTime.Earliest(next, at);
            return next;
        }
    }

    public void Add(IceServerEntry server, IceRoute route, MonotonicTime now)
    {
        int before = _waiting.Count(w => w.Route.Remote == route.Remote);
        _waiting.Add((server, route, now + (s_delay * (before + 1))));
    }

    /// <summary>The server has answered.</summary>
    public void Drop(TransportAddress server) => _waiting.RemoveAll(w => w.Route.Remote == server);

    /// <summary>Takes one whose time has come.</summary>
    public bool TryTakeDue(MonotonicTime now, out IceServerEntry server, out IceRoute route)
    {
        int index = _waiting.FindIndex(w => w.At <= now);
        (server, route, _) = index < 0 ? default : _waiting[index];
        if (index >= 0) _waiting.RemoveAt(index);
        return index >= 0;
    }
}
