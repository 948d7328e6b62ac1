using System.Collections.Concurrent;

namespace BerOfChat.WebRtc.Dtls.BouncyCastle;

/// <summary>The threads on which blocking handshakes run. A handshake that finds all of them busy waits its turn; none remains when it has ended.</summary>
/// <remarks>They mostly wait for the network. There are more of them than processors, because both ends of a connection may live in this process and need each other to go on.</remarks>
internal static class HandshakeThreads
{
    private const int MaxThreads = 32;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(5);
    private static readonly BlockingCollection<Action> s_waiting = [];
    private static readonly Lock s_gate = new();
    private static int s_threads;
    private static int s_unfinished;

    public static void Run(Action handshake)
    {
        lock (s_gate)
        {
            s_waiting.Add(handshake);
            if (++s_unfinished <= s_threads || s_threads == MaxThreads) return;
            s_threads++;
        }

        new Thread(Work) { IsBackground = true, Name = "BerOfChat DTLS handshake" }.Start();
    }

    private static void Work()
    {
        while (TryTake(out Action? handshake))
        {
            handshake!();
            lock (s_gate) s_unfinished--;
        }
    }

    private static bool TryTake(out Action? handshake)
    {
        if (s_waiting.TryTake(out handshake, s_idle)) return true;
        lock (s_gate)
        {
            // Something may have been queued for this thread in the very moment in which it gave up.
            if (s_waiting.TryTake(out handshake)) return true;
            s_threads--;
            return false;
        }
    }
}
