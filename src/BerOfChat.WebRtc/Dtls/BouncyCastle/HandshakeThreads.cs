using System.Collections.Concurrent;

namespace BerOfChat.WebRtc.Dtls.BouncyCastle;

/// <summary>The few threads on which blocking handshakes run. A handshake that finds them busy waits its turn; none remains when it has ended.</summary>
internal static class HandshakeThreads
{
    private static readonly int s_maxThreads = Math.Max(2, Environment.ProcessorCount);
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(5);
    private static readonly BlockingCollection<Action> s_waiting = [];
    private static readonly Lock s_gate = new();
    private static int s_threads;
    private static int s_free;

    public static void Run(Action handshake)
    {
        lock (s_gate)
        {
            s_waiting.Add(handshake);
            if (s_waiting.Count <= s_free || s_threads == s_maxThreads) return;
            s_threads++;
            new Thread(Work) { IsBackground = true, Name = "BerOfChat DTLS handshake" }.Start();
        }
    }

    private static void Work()
    {
        while (true)
        {
            lock (s_gate) s_free++;
            bool taken = s_waiting.TryTake(out Action? handshake, s_idle);
            lock (s_gate)
            {
                s_free--;
                // Something may have been queued for this thread in the very moment in which it gave up.
                if (!taken && !s_waiting.TryTake(out handshake))
                {
                    s_threads--;
                    return;
                }
            }

            handshake!();
        }
    }
}
