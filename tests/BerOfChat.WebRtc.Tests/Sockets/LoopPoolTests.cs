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
    public void Many_clients_are_shared_out_evenly_and_both_ends_of_a_pair_stay_together()
    {
        List<EventLoop> all = [.. Enumerable.Range(0, 10 * Few).Select(_ => _pool.Take())];
        Assert.Equal([5 * Few, 5 * Few], all.GroupBy(l => l).Select(g => g.Count()));
        Assert.All(all.Chunk(2), pair => Assert.Same(pair[0], pair[1]));
    }

    [Fact]
    public void Pairs_whose_first_ends_are_all_made_before_the_second_ones_stay_together_too()
    {
        const int Pairs = 5 * Few;
        List<EventLoop> all = [.. Enumerable.Range(0, 2 * Pairs).Select(_ => _pool.Take())];
        Assert.InRange(Enumerable.Range(0, Pairs).Count(i => all[i] == all[Pairs + i]), Pairs - (2 * Few), Pairs);
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
