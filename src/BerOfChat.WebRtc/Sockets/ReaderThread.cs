namespace BerOfChat.WebRtc.Sockets;

/// <summary>
/// Wakes those who wait for messages: on a thread of its own if that is free, otherwise on the thread pool. The thread looks out for the next one a while before it sleeps, so that an answer finds it awake;
/// it never has more than one to serve, so nobody waits behind the code of an application.
/// </summary>
/// <remarks>A word and its answer take 66 µs by the pool alone, whose threads are asleep more often than not.</remarks>
internal static class ReaderThread
{
    private static readonly TimeSpan s_longestPoll = TimeSpan.FromMicroseconds(50);
    private static readonly object s_free = new(), s_asleep = new(), s_busy = new();

    private static readonly AutoResetEvent s_wake = new(false);
    private static object s_next = s_free;

    static ReaderThread() => new Thread(Run) { IsBackground = true, Name = "BerOfChat WebRTC readers" }.Start();

    /// <summary>Has it executed soon. From any thread.</summary>
    public static void Wake(IThreadPoolWorkItem reader)
    {
        if (Interlocked.CompareExchange(ref s_next, reader, s_free) == s_free) return;
        if (Interlocked.CompareExchange(ref s_next, reader, s_asleep) == s_asleep) s_wake.Set();
        else ThreadPool.UnsafeQueueUserWorkItem(reader, preferLocal: false);
    }

    private static void Run()
    {
        while (true)
        {
            if (!Poll() && Interlocked.CompareExchange(ref s_next, s_asleep, s_free) == s_free) s_wake.WaitOne();
            var reader = (IThreadPoolWorkItem)Interlocked.Exchange(ref s_next, s_busy);
            reader.Execute();
            Volatile.Write(ref s_next, s_free);
        }
    }

    private static bool Poll()
    {
        long begin = TimeProvider.System.GetTimestamp();
        do
        {
            if (Volatile.Read(ref s_next) != s_free) return true;
            Thread.Yield();
        }
        while (TimeProvider.System.GetElapsedTime(begin) < s_longestPoll);

        return false;
    }
}
