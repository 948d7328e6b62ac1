using System.Net;
using System.Net.Sockets;
using BerOfChat.WebRtc.Sockets;
using BerOfChat.WebRtc.Sockets.Linux;

namespace BerOfChat.WebRtc.Tests.Sockets;

/// <summary>Both ways in which a loop waits.</summary>
public sealed class SocketWaiterTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private static readonly LoopSeat s_seat = new(new EventLoop(new FakeWaiter(), TimeProvider.System), new FakeClient());

    private readonly List<SocketWatch> _readable = [];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_socket_that_can_be_read_is_reported_until_it_was_read_or_is_removed(bool byEpoll)
    {
        ISocketWaiter waiter = Create(byEpoll);
        using Socket one = Open(), other = Open();
        SocketWatch watch = new(s_seat, 1);
        waiter.Add(one, watch);
        waiter.Add(other, new SocketWatch(s_seat, 2));
        waiter.Wait(TimeSpan.Zero, _readable);
        Assert.Empty(_readable);

        other.SendTo(new byte[3], one.LocalEndPoint!);
        for (int i = 0; i < 2; i++)
        {
            waiter.Wait(s_patience, _readable);
            Assert.Same(watch, Assert.Single(_readable));
            _readable.Clear();
        }

        waiter.Remove(one);
        waiter.Wait(TimeSpan.Zero, _readable);
        Assert.Empty(_readable);
        waiter.Add(one, watch);
        waiter.Wait(s_patience, _readable);
        Assert.Same(watch, Assert.Single(_readable));
        one.Receive(new byte[10]);
        _readable.Clear();
        waiter.Wait(TimeSpan.Zero, _readable);
        Assert.Empty(_readable);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_waits_for_ever_is_woken_also_by_a_call_that_came_before_and_only_once(bool byEpoll)
    {
        ISocketWaiter waiter = Create(byEpoll);
        waiter.Wake();
        waiter.Wake();
        waiter.Wait(null, _readable);

        Task waiting = Task.Run(() => waiter.Wait(null, _readable));
        waiter.Wake();
        await waiting.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        waiter.Wait(TimeSpan.FromMilliseconds(1), _readable);
        Assert.Empty(_readable);
    }

    private static ISocketWaiter Create(bool byEpoll)
    {
        if (!byEpoll) return new SelectWaiter();
        Assert.SkipUnless(LibC.IsSupported, "There is no epoll here.");
        return EpollWaiter.TryCreate()!;
    }

    private static Socket Open()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
