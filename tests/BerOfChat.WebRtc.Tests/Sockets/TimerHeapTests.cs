using BerOfChat.Primitives;
using BerOfChat.WebRtc.Sockets;
using CsCheck;

namespace BerOfChat.WebRtc.Tests.Sockets;

/// <summary>The heap of timers against a plain list.</summary>
public sealed class TimerHeapTests
{
    private const int Clients = 12;

    private static readonly Gen<(int Client, int What, int Time)[]> s_steps = Gen.Select(Gen.Int[0, Clients - 1], Gen.Int[0, 9], Gen.Int[0, 50]).Array[1, 200];

    [Fact]
    public void Whatever_moves_each_timeout_is_taken_once_and_never_before_its_time() => s_steps.Sample(steps =>
    {
        EventLoop loop = new(new FakeWaiter(), TimeProvider.System);
        FakeClient[] clients = [.. Enumerable.Range(0, Clients).Select(_ => new FakeClient())];
        LoopSeat[] seats = [.. clients.Select(c => new LoopSeat(loop, c))];
        TimerHeap timers = new();
        MonotonicTime now = MonotonicTime.Zero;
        foreach ((int client, int what, int time) in steps)
        {
            if (what == 0)
            {
                clients[client].NextTimeout = null;
                timers.Remove(seats[client]);
            }
            else if (what < 7)
            {
                clients[client].NextTimeout = what == 1 ? null : now + TimeSpan.FromSeconds(time);
                timers.Update(seats[client]);
            }
            else
            {
                now += TimeSpan.FromSeconds(time / 5);
                HashSet<ILoopClient> due = [.. clients.Where(c => c.NextTimeout <= now)];
                while (timers.TryTakeDue(now, out LoopSeat? seat))
                {
                    Assert.True(due.Remove(seat!.Client));
                    ((FakeClient)seat.Client).NextTimeout = null;
                }

                Assert.Empty(due);
            }

            MonotonicTime? first = clients.Select(c => c.NextTimeout).Aggregate((MonotonicTime?)null, MonotonicTime.Earliest);
            if (first is not null) Assert.True(timers.Next <= first);
            Assert.InRange(timers.Count, clients.Count(c => c.NextTimeout is not null), Clients);
        }
    });
}
