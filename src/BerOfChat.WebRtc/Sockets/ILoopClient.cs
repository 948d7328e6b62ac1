using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>What an event loop serves. All members are called on its thread.</summary>
internal interface ILoopClient
{
    /// <summary>When a turn is due without anybody asking for it; looked at after each turn.</summary>
    MonotonicTime? NextTimeout { get; }

    /// <summary>Whether it carries data. It goes before those that are made or closed, whose steps are long.</summary>
    bool IsInUse { get; }

    /// <summary>Reads a bounded number of datagrams from one of the client's sockets; a turn follows.</summary>
    void HandleReadable(int linkId, MonotonicTime now);

    /// <summary>Does what was posted and what is due, then sends a bounded number of datagrams: others wait for their turn.</summary>
    /// <returns>Whether there may be more to send: another turn follows once the others have had theirs.</returns>
    bool RunTurn(MonotonicTime now);

    /// <summary>An exception escaped: ends this client; others go on.</summary>
    void HandleFault(Exception exception);
}
