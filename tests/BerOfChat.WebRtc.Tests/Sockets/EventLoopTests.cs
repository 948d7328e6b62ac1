using BerOfChat.Primitives;
using BerOfChat.WebRtc.Sockets;

namespace BerOfChat.WebRtc.Tests.Sockets;

/// <summary>Who gets a turn and when, in virtual time.</summary>
public sealed class EventLoopTests
{
    private readonly FakeWaiter _waiter = new();
    private readonly EventLoop _loop;
    private readonly List<string> _log = [];

    public EventLoopTests() => _loop = new EventLoop(_waiter, _waiter);

    [Fact]
    public void Who_has_more_to_send_goes_on_only_after_everybody_has_had_a_turn()
    {
        (FakeClient busy, LoopSeat seat) = Join("busy");
        (FakeClient other, LoopSeat otherSeat) = Join("other");
        busy.Backlog = other.Backlog = 3;
        seat.RequestTurn();
        otherSeat.RequestTurn();

        for (int i = 0; i < 3; i++) _loop.RunOnce();

        Assert.Equal(["busy turns", "other turns", "busy turns", "other turns", "busy turns", "other turns"], _log);
        Assert.Empty(_waiter.Waits);
    }

    [Fact]
    public void What_has_arrived_is_read_for_everybody_before_anybody_sends()
    {
        (FakeClient sender, LoopSeat seat) = Join("sender");
        (_, LoopSeat receiver) = Join("receiver");
        sender.Backlog = 2;
        seat.RequestTurn();
        sender.Turn = _ => _waiter.Readable.Add(new SocketWatch(receiver, 7));

        _loop.RunOnce();
        _loop.RunOnce();

        Assert.Equal(["sender turns", "receiver reads 7", "sender turns", "receiver turns"], _log);
    }

    [Fact]
    public void A_client_that_is_asked_for_reads_and_is_due_gets_one_turn()
    {
        (FakeClient client, LoopSeat seat) = Join("one");
        client.Turn = now => client.NextTimeout = now + TimeSpan.FromMilliseconds(1);
        seat.RequestTurn();
        _loop.RunOnce();
        _log.Clear();

        seat.RequestTurn();
        seat.RequestTurn();
        _waiter.Readable.AddRange([new SocketWatch(seat, 1), new SocketWatch(seat, 2)]);
        client.NextTimeout = MonotonicTime.Zero;
        _loop.RunOnce();

        Assert.Equal(["one reads 1", "one reads 2", "one turns"], _log);
    }

    [Fact]
    public void Who_asks_while_the_loop_sleeps_wakes_it_once()
    {
        (FakeClient client, LoopSeat seat) = Join("one");
        (FakeClient other, LoopSeat otherSeat) = Join("other");
        _waiter.Meanwhile = () =>
        {
            seat.RequestTurn();
            otherSeat.RequestTurn();
            seat.RequestTurn();
        };

        _loop.RunOnce();

        Assert.Equal((1, 1, 1), (_waiter.WakeUps, client.Turns, other.Turns));
        seat.RequestTurn();
        Assert.Equal(1, _waiter.WakeUps);
    }

    [Fact]
    public void A_request_that_comes_during_a_turn_brings_another()
    {
        (FakeClient client, LoopSeat seat) = Join("one");
        client.Turn = _ =>
        {
            if (client.Turns == 1) seat.RequestTurn();
        };
        seat.RequestTurn();

        _loop.RunOnce();
        _loop.RunOnce();

        Assert.Equal(2, client.Turns);
    }

    [Fact]
    public void A_timeout_that_moves_to_later_is_kept_at_its_new_time()
    {
        (FakeClient client, LoopSeat seat) = Join("one");
        client.NextTimeout = MonotonicTime.Zero + TimeSpan.FromMilliseconds(100);
        seat.RequestTurn();
        _loop.RunOnce();
        client.NextTimeout = MonotonicTime.Zero + TimeSpan.FromMilliseconds(250);

        RunUntil(() => client.Turns == 2);

        Assert.InRange(_waiter.Elapsed, TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(251));
    }

    [Fact]
    public void A_timeout_that_moves_to_sooner_is_kept_at_its_new_time()
    {
        (FakeClient client, LoopSeat seat) = Join("one");
        client.NextTimeout = MonotonicTime.Zero + TimeSpan.FromMilliseconds(100);
        client.Turn = now => client.NextTimeout = client.Turns == 2 ? now + TimeSpan.FromMilliseconds(5) : client.NextTimeout;
        seat.RequestTurn();
        _loop.RunOnce();
        seat.RequestTurn();
        _loop.RunOnce();

        RunUntil(() => client.Turns == 3);

        Assert.InRange(_waiter.Elapsed, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(6));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_carries_data_waits_for_one_step_of_the_others_at_most_and_none_of_those_is_forgotten(bool byReading)
    {
        (FakeClient inUse, LoopSeat seat) = Join("in use");
        // Each of the others takes more than they all get of a pass, and would never have enough.
        (FakeClient Client, LoopSeat Seat)[] others = [.. Enumerable.Range(0, 20).Select(i => Join($"other {i}", isInUse: false))];
        inUse.Backlog = int.MaxValue;
        seat.RequestTurn();
        foreach ((FakeClient client, LoopSeat other) in others)
        {
            client.Turn = _ => _waiter.Advance(TimeSpan.FromMilliseconds(2));
            if (byReading) continue;
            client.Backlog = int.MaxValue;
            other.RequestTurn();
        }

        for (int i = 0; i < others.Length; i++)
        {
            if (byReading) _waiter.Readable.AddRange(others.Select(o => new SocketWatch(o.Seat, 1)));
            _loop.RunOnce();
        }

        Assert.All(others, o => Assert.Equal(1, o.Client.Turns));
        Assert.Equal(others.Length, inUse.Turns);
        Assert.Empty(_waiter.Waits);
    }

    [Fact]
    public void A_client_that_throws_ends_alone()
    {
        (FakeClient broken, LoopSeat seat) = Join("broken");
        (FakeClient other, LoopSeat otherSeat) = Join("other");
        broken.Turn = _ => throw new FormatException();
        seat.RequestTurn();
        otherSeat.RequestTurn();

        _loop.RunOnce();

        Assert.IsType<FormatException>(broken.Fault);
        Assert.Equal(1, other.Turns);
    }

    [Fact]
    public void A_client_that_has_left_gets_no_turn_and_none_of_what_has_arrived()
    {
        (FakeClient leaving, LoopSeat seat) = Join("leaving");
        leaving.NextTimeout = MonotonicTime.Zero + TimeSpan.FromMilliseconds(1);
        leaving.Turn = _ => seat.Leave();
        seat.RequestTurn();
        _loop.RunOnce();
        _log.Clear();

        seat.RequestTurn();
        _waiter.Readable.Add(new SocketWatch(seat, 1));
        _loop.RunOnce();
        _waiter.Meanwhile = _waiter.Wake;
        _loop.RunOnce();

        Assert.Empty(_log);
        Assert.Equal([null], _waiter.Waits);
    }

    private (FakeClient Client, LoopSeat Seat) Join(string name, bool isInUse = true)
    {
        FakeClient client = new(name, _log) { IsInUse = isInUse };
        return (client, new LoopSeat(_loop, client));
    }

    private void RunUntil(Func<bool> isReached)
    {
        for (int i = 0; i < 20 && !isReached(); i++) _loop.RunOnce();
        Assert.True(isReached());
    }
}
