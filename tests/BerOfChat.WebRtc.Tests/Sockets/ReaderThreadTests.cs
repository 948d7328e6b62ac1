using BerOfChat.WebRtc.Sockets;

namespace BerOfChat.WebRtc.Tests.Sockets;

public sealed class ReaderThreadTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_reader_that_blocks_holds_up_nobody_else()
    {
        const int Others = 20;
        // Not disposed: who waits for it may come to it late.
        ManualResetEventSlim release = new();
        using CountdownEvent blocked = new(2), woken = new(Others);
        // One of the two has the thread, the other one of the pool's.
        for (int i = 0; i < 2; i++)
        {
            ReaderThread.Wake(new Reader(() =>
            {
                blocked.Signal();
                release.Wait(s_patience);
            }));
        }

        Assert.True(blocked.Wait(s_patience, TestContext.Current.CancellationToken));
        for (int i = 0; i < Others; i++) ReaderThread.Wake(new Reader(() => woken.Signal()));
        Assert.True(woken.Wait(s_patience, TestContext.Current.CancellationToken));
        release.Set();
    }

    [Fact]
    public void Each_reader_is_woken_once_whoever_wakes_it_and_when()
    {
        const int Wakers = 4, Count = 20_000;
        int[] times = new int[Wakers * Count];
        using CountdownEvent woken = new(Wakers * Count);
        Parallel.For(0, Wakers, waker =>
        {
            for (int i = waker * Count; i < (waker + 1) * Count; i++)
            {
                int number = i;
                ReaderThread.Wake(new Reader(() =>
                {
                    Interlocked.Increment(ref times[number]);
                    woken.Signal();
                }));
                // Now and then the thread falls asleep meanwhile.
                if (i % 1_000 == 0) Thread.Sleep(1);
            }
        });
        Assert.True(woken.Wait(s_patience, TestContext.Current.CancellationToken));
        Assert.All(times, t => Assert.Equal(1, t));
    }

    private sealed class Reader(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }
}
