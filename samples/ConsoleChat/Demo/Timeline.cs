using System.Diagnostics;
using System.Globalization;
using BerOfChat;

namespace ConsoleChat.Demo;

/// <summary>Prints what happens: when, how long after the step before, what, and what that means.</summary>
internal sealed class Timeline
{
    private static readonly bool s_hasColours = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private TimeSpan _last;

    /// <summary>Prints one step.</summary>
    public void Mark(string step, string meaning)
    {
        lock (_lock)
        {
            TimeSpan now = Stopwatch.GetElapsedTime(_start);
            string times = string.Create(CultureInfo.InvariantCulture, $"{now.TotalSeconds,7:0.000} s {(now - _last).TotalSeconds,+8:+0.000}");
            Console.WriteLine(s_hasColours ? $"\e[2m{times}\e[0m  \e[1;36m{step,-13}\e[0m  {meaning}" : $"{times}  {step,-13}  {meaning}");
            _last = now;
        }
    }

    /// <summary>Makes a handler that prints how the first of several connections comes about.</summary>
    public EventHandler<ConnectionProgressEventArgs> ReportFirst()
    {
        HashSet<ConnectionStage> seen = [];
        return (_, e) =>
        {
            if (seen.Add(e.Stage)) Report(e);
        };
    }

    private void Report(ConnectionProgressEventArgs e)
    {
        (string step, string meaning) = e.Stage switch
        {
            ConnectionStage.Signaling => ("signaling", "both sides have met; what the server passes on is sealed"),
            ConnectionStage.Path => ("ICE", "a path between them works"),
            ConnectionStage.Transport => ("DTLS", "the path is encrypted, the channels are open"),
            ConnectionStage.Session => ("session", "both have proven who they are"),
            _ => ("interrupted", e.Error?.Message ?? "the session has ended"),
        };
        Mark(step, meaning);
    }
}
