using System.Diagnostics;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Sockets;

namespace BerOfChat.WebRtc.Tests.Sockets;

public sealed class EventLoopTests
{
    [Fact]
    public async Task Who_carries_data_waits_for_one_step_of_the_others_at_most_and_none_of_those_is_forgotten()
    {
        EventLoop loop = EventLoop.Next();
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        // Each of the others takes more than they all get of a pass, and would never have enough.
        Client[] others = [.. Enumerable.Range(0, 20).Select(_ => new Client(() => Spin(TimeSpan.FromMilliseconds(2))))];
        Client inUse = null!;
        inUse = new Client(() =>
        {
            if (done.Task.IsCompleted || others.Any(client => client.Turns == 0)) return;
            Assert.True(others.Sum(client => client.Turns) <= inUse.Turns, $"{inUse.Turns} turns, the others {string.Join(' ', others.Select(client => client.Turns))}");
            done.SetResult();
        })
        {
            IsInUse = true,
        };
        Client[] all = [inUse, .. others];
        foreach (Client client in all) loop.Add(client);
        try
        {
            await await Task.WhenAny(done.Task, inUse.Fault.Task).WaitAsync(TimeSpan.FromSeconds(30));
        }
        finally
        {
            foreach (Client client in all) client.HasWork = false;
            foreach (Client client in all) loop.Remove(client);
        }
    }

    private static void Spin(TimeSpan time)
    {
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < time) Thread.SpinWait(1);
    }

    private sealed class Client(Action work) : ILoopClient
    {
        public TaskCompletionSource Fault { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Turns { get; private set; }

        public MonotonicTime? NextTimeout => null;

        public bool HasWork { get; set; } = true;

        public bool IsInUse { get; init; }

        public void HandleReadable(int linkId, MonotonicTime now)
        {
        }

        public void RunTurn(MonotonicTime now)
        {
            Turns++;
            work();
        }

        public void HandleFault(Exception exception) => Fault.TrySetException(exception);
    }
}
