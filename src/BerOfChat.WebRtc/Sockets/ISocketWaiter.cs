using System.Net.Sockets;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Waits until one of many sockets can be read, a time has passed, or somebody wakes it.</summary>
internal interface ISocketWaiter
{
    /// <summary>Waits for this socket too. <paramref name="watch"/> is what <see cref="Wait"/> reports.</summary>
    void Add(Socket socket, SocketWatch watch);

    /// <summary>No longer; call before the socket is closed.</summary>
    void Remove(Socket socket);

    /// <summary>Adds to <paramref name="readable"/> what can be read. Null waits for ever; times are rounded up to milliseconds.</summary>
    void Wait(TimeSpan? patience, List<SocketWatch> readable);

    /// <summary>Ends a wait, also one that begins later. From any thread.</summary>
    void Wake();
}

/// <summary>A socket of a client of a loop.</summary>
/// <param name="Seat">Whose it is.</param>
/// <param name="LinkId">Which of its sockets.</param>
internal sealed record SocketWatch(LoopSeat Seat, int LinkId);
