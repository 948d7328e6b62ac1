using BerOfChat.Primitives;
using BerOfChat.WebRtc.Sockets;

namespace BerOfChat.WebRtc.Tests.Sockets;

/// <summary>A client of a loop that notes what it is called for.</summary>
internal sealed class FakeClient : ILoopClient
{
    private readonly List<string> _log;
    private readonly string _name;

    public FakeClient(string name = "", List<string>? log = null)
    {
        _name = name;
        _log = log ?? [];
    }

    public MonotonicTime? NextTimeout { get; set; }

    public bool IsInUse { get; init; } = true;

    /// <summary>How many more turns it wants.</summary>
    public int Backlog { get; set; }

    public int Turns { get; private set; }

    public Action<MonotonicTime>? Turn { get; set; }

    public Exception? Fault { get; private set; }

    public void HandleReadable(int linkId, MonotonicTime now) => _log.Add($"{_name} reads {linkId}");

    public bool RunTurn(MonotonicTime now)
    {
        _log.Add($"{_name} turns");
        Turns++;
        Turn?.Invoke(now);
        return Backlog > 0 && --Backlog > 0;
    }

    public void HandleFault(Exception exception) => Fault = exception;
}
