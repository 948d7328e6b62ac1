using BerOfChat.WebRtc.Sockets;

namespace BerOfChat.WebRtc.Tests.Sockets;

public sealed class LoopPoolTests
{
    private const int Few = LoopPool.ClientsBeforeNextLoop;

    private readonly LoopPool _pool = new(maxLoops: 2, static () => new EventLoop(new FakeWaiter(), TimeProvider.System));

    [Fact]
    public void A_few_clients_share_one_loop()
    {
        EventLoop loop = _pool.Take();
        for (int i = 1; i < Few; i++) Assert.Same(loop, _pool.Take());
        Assert.NotSame(loop, _pool.Take());
    }

    [Fact]
    public void Many_clients_are_shared_out_evenly_and_so_are_the_first_ends_of_pairs()
    {
        List<EventLoop> all = [.. Enumerable.Range(0, 10 * Few).Select(_ => _pool.Take())];
        Assert.Equal([5 * Few, 5 * Few], all.GroupBy(l => l).Select(g => g.Count()));
        IEnumerable<EventLoop> firstEnds = all.Where((_, i) => i % 2 == 0);
        Assert.All(firstEnds.GroupBy(l => l), g => Assert.InRange(g.Count(), (5 * Few / 2) - 1, (5 * Few / 2) + 1));
    }

    [Fact]
    public void A_place_that_was_left_is_taken_again()
    {
        EventLoop first = _pool.Take();
        for (int i = 1; i < 2 * Few; i++) _pool.Take();
        _pool.Return(first);
        _pool.Return(first);
        Assert.Same(first, _pool.Take());
        Assert.Same(first, _pool.Take());
    }
}
