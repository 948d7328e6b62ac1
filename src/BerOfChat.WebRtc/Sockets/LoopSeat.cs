using System.Net.Sockets;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>A client's place in its loop.</summary>
internal sealed class LoopSeat(EventLoop loop, ILoopClient client)
{
    private int _isRequested;

    public ILoopClient Client => client;

    /// <summary>Whether it stands in the row of those whose turn comes. The loop's own.</summary>
    public bool HasTurn { get; set; }

    /// <summary>Whether the client has left. The loop's own.</summary>
    public bool IsLeft { get; private set; }

    /// <summary>When the heap of timers looks at it, which may be sooner than its timeout. The heap's own.</summary>
    public MonotonicTime Alarm { get; set; }

    /// <summary>Where it stands in the heap of timers; negative when it does not. The heap's own.</summary>
    public int AlarmIndex { get; set; } = -1;

    /// <summary>Gives the client a turn soon. From any thread; costs little when one is coming anyway.</summary>
    public void RequestTurn()
    {
        // What was posted before is seen by that turn: the loop forgets the request before the turn begins.
        if (Interlocked.Exchange(ref _isRequested, 1) == 0) loop.Request(this);
    }

    /// <summary>The loop has seen the request.</summary>
    public void ForgetRequest() => Interlocked.Exchange(ref _isRequested, 0);

    /// <summary>Waits for a socket of the client. On the loop's thread only.</summary>
    public void Watch(Socket socket, int linkId) => loop.Watch(socket, new SocketWatch(this, linkId));

    /// <summary>No longer; call before the socket is closed. On the loop's thread only.</summary>
    public void Unwatch(Socket socket) => loop.Unwatch(socket);

    /// <summary>No more turns. On the loop's thread only.</summary>
    public void Leave()
    {
        IsLeft = true;
        loop.Forget(this);
    }
}
