using System.Diagnostics;
using BerOfChat;

namespace ConsoleChat.Demo;

/// <summary>Prints what happens, with the milliseconds since the beginning.</summary>
internal sealed class Timeline
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();

    public void Mark(string what)
    {
        lock (_lock) Console.WriteLine($"{Stopwatch.GetElapsedTime(_start).TotalMilliseconds,8:0} ms  {what}");
    }

    public void Report(object? sender, ConnectionProgressEventArgs e) => Mark(e.Stage switch
    {
        ConnectionStage.Signaling => "signaling: the two have met",
        ConnectionStage.Path => "ICE: a path works",
        ConnectionStage.Transport => "DTLS: the path is encrypted, channels are open",
        ConnectionStage.Session => "session: both have proven who they are",
        _ => e.Error is null ? "session ended" : $"disconnected: {e.Error.Message}",
    });
}
