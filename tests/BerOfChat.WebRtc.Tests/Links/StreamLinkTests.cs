using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using BerOfChat.WebRtc.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace BerOfChat.WebRtc.Tests.Links;

/// <summary>A link to a server in this process, over TCP of the loopback.</summary>
public sealed class StreamLinkTests : IDisposable
{
    private readonly LinkServer _server = new();
    private readonly LinkWatch _watch = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Frames_cross_whole_and_in_order_however_the_stream_is_cut()
    {
        using StreamLink link = Open();
        using NetworkStream peer = await _server.AcceptAsync();
        byte[][] frames = [Stun(0), Channel(1, 7), Channel(2, 0), Stun(100), Channel(3, 1200), Stun(1400)];
        byte[] all = [.. frames.SelectMany(frame => frame)];
        Task writing = Task.Run(async () =>
        {
            for (int offset = 0, size = 1; offset < all.Length; offset += size, size = (size % 97) + 13)
            {
                size = Math.Min(size, all.Length - offset);
                await peer.WriteAsync(all.AsMemory(offset, size), TestContext.Current.CancellationToken);
            }
        }, TestContext.Current.CancellationToken);
        foreach (byte[] frame in frames) Assert.Equal(frame, await _watch.ReceiveAsync(link));
        await writing;

        foreach (byte[] frame in frames) link.Send(frame, frame.Length);
        byte[] received = new byte[all.Length];
        await peer.ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        Assert.Equal(all, received);
        Assert.Equal(0, link.DroppedFrames);
    }

    [Fact]
    public async Task A_server_that_does_not_read_costs_whole_frames_and_no_wait()
    {
        // However slow the reader is: at this clock the time for the last frames does not pass.
        using StreamLink link = Open(new StreamLinkOptions { TimeProvider = new FakeTimeProvider() });
        using NetworkStream peer = await _server.AcceptAsync();
        await _watch.OpenedAsync();
        byte[] batch = [.. Enumerable.Range(0, 10).SelectMany(_ => Channel(1, 1200))];
        int sent = 0;
        // What the system itself takes in comes first; it depends on the system how much that is.
        for (; link.DroppedFrames < 100; sent += 10) link.Send(batch, batch.Length / 10);

        long dropped = link.DroppedFrames;
        link.Dispose();
        int received = 0;
        byte[] frame = new byte[batch.Length / 10];
        while (await peer.ReadAtLeastAsync(frame, frame.Length, throwOnEndOfStream: false, TestContext.Current.CancellationToken) == frame.Length)
        {
            Assert.True(batch.AsSpan(0, frame.Length).SequenceEqual(frame));
            received++;
        }

        Assert.Equal(sent - dropped, received);
    }

    [Fact]
    public async Task What_the_loop_does_not_take_is_not_read_from_the_network()
    {
        using StreamLink link = Open();
        using NetworkStream peer = await _server.AcceptAsync();
        byte[] frame = Channel(1, 1200);
        const int Frames = 30_000, Least = StreamLink.MaxUnreadBytes / 2 / 1204;
        int written = 0;
        Task writing = Task.Run(async () =>
        {
            for (; written < Frames; written++) await peer.WriteAsync(frame, TestContext.Current.CancellationToken);
        }, TestContext.Current.CancellationToken);
        // Nobody takes anything: the writer comes to a stand, and goes on as far as frames are taken.
        for (int seen = -1; seen < Least || seen != Volatile.Read(ref written);)
        {
            seen = Volatile.Read(ref written);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }

        Assert.InRange(written, Least, Frames - 1);
        for (int i = 0; i < Frames; i++) Assert.Equal(frame.Length, (await _watch.ReceiveAsync(link)).Length);
        await writing;
    }

    [Theory]
    [InlineData("16030301")]
    [InlineData("80")]
    [InlineData("00010003")]
    public async Task A_server_that_sends_something_else_is_named(string bytes)
    {
        using StreamLink link = Open();
        using NetworkStream peer = await _server.AcceptAsync();
        await peer.WriteAsync(Stun(8), TestContext.Current.CancellationToken);
        await peer.WriteAsync(Convert.FromHexString(bytes), TestContext.Current.CancellationToken);
        await _watch.ReceiveAsync(link);
        // As a loop would go on to look.
        byte[] buffer = new byte[2000];
        Task<StreamLinkFailure> closed = _watch.ClosedAsync();
        while (!closed.IsCompleted)
        {
            Assert.False(link.TryReceive(buffer, out _));
            await Task.WhenAny(closed, Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken));
        }

        Assert.Equal(StreamLinkFailureKind.Malformed, (await closed).Kind);
        await link.Ended;
    }

    [Fact]
    public async Task A_frame_larger_than_a_datagram_is_dropped_and_the_next_one_taken()
    {
        using StreamLink link = Open();
        using NetworkStream peer = await _server.AcceptAsync();
        await peer.WriteAsync(Stun(65_532), TestContext.Current.CancellationToken);
        await peer.WriteAsync(Stun(4), TestContext.Current.CancellationToken);
        Assert.Equal(Stun(4), await _watch.ReceiveAsync(link));
        Assert.Equal(1, link.DroppedFrames);
    }

    [Fact]
    public async Task A_server_that_closes_is_reported_after_its_last_frame()
    {
        using StreamLink link = Open();
        using (NetworkStream peer = await _server.AcceptAsync()) await peer.WriteAsync(Stun(8), TestContext.Current.CancellationToken);
        Assert.Equal(StreamLinkFailureKind.Closed, (await _watch.ClosedAsync()).Kind);
        Assert.Equal(Stun(8), await _watch.ReceiveAsync(link));
        await link.Ended;
        link.Send(Stun(0), 20);
        Assert.Equal(1, link.DroppedFrames);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_unreachable()
    {
        IPEndPoint endPoint = _server.EndPoint;
        _server.Dispose();
        using StreamLink link = StreamLink.Open(7, new StreamServer("127.0.0.1", endPoint.Port, UseTls: false), new StreamLinkOptions(), _watch);
        StreamLinkFailure failure = await _watch.ClosedAsync();
        Assert.Equal(StreamLinkFailureKind.Unreachable, failure.Kind);
        Assert.DoesNotContain("127.0.0.1", failure.Text, StringComparison.Ordinal);
        await link.Ended;
    }

    [Fact]
    public async Task What_was_sent_before_the_end_still_arrives()
    {
        StreamLink link = Open();
        using NetworkStream peer = await _server.AcceptAsync();
        await _watch.OpenedAsync();
        // Unread bytes on our side: a system breaks a connection that is closed with some.
        await peer.WriteAsync(Stun(400), TestContext.Current.CancellationToken);
        await _watch.ReceiveAsync(link);
        await peer.WriteAsync(Stun(400), TestContext.Current.CancellationToken);
        link.Send(Stun(40), 60);
        link.Dispose();
        byte[] received = new byte[61];
        Assert.Equal(60, await peer.ReadAtLeastAsync(received, 61, throwOnEndOfStream: false, TestContext.Current.CancellationToken));
        Assert.Equal(Stun(40), received[..60]);
        peer.Dispose();
        await link.Ended;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_link_is_disposed_of_at_any_time_from_any_thread(bool useTls)
    {
        _ = TurnAwayAsync();
        for (int i = 0; i < 50; i++)
        {
            LinkWatch watch = new();
            StreamLink link = StreamLink.Open(i, new StreamServer("127.0.0.1", _server.EndPoint.Port, useTls), new StreamLinkOptions(), watch);
            for (int spin = 0; spin < i * 20; spin++) Thread.Yield();
            Parallel.For(0, 4, _ =>
            {
                link.Send(Stun(0), 20);
                link.Dispose();
                Assert.False(link.TryReceive(new byte[100], out int _));
            });
            await link.Ended;
            int calls = watch.Calls;
            link.Dispose();
            Assert.Equal(calls, watch.Calls);
        }

        async Task TurnAwayAsync()
        {
            while (true) (await _server.AcceptAsync()).Dispose();
        }
    }

    /// <summary>A STUN message of no use with so many bytes behind its header.</summary>
    internal static byte[] Stun(int length)
    {
        byte[] frame = new byte[20 + length];
        frame[1] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)length);
        for (int i = 20; i < frame.Length; i++) frame[i] = (byte)(i % 251);
        return frame;
    }

    private static byte[] Channel(byte number, int length)
    {
        byte[] frame = new byte[4 + ((length + 3) & ~3)];
        frame[0] = 0x40;
        frame[1] = number;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)length);
        for (int i = 0; i < length; i++) frame[4 + i] = (byte)((i + number) % 251);
        return frame;
    }

    private StreamLink Open(StreamLinkOptions? options = null) => StreamLink.Open(7, new StreamServer("127.0.0.1", _server.EndPoint.Port, UseTls: false), options ?? new StreamLinkOptions(), _watch);
}
