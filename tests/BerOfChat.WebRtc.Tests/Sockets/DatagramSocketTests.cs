using System.Net;
using System.Net.Sockets;
using BerOfChat.WebRtc.Sockets;
using BerOfChat.WebRtc.Sockets.Linux;

namespace BerOfChat.WebRtc.Tests.Sockets;

/// <summary>Both ways to pass datagrams, and each with the other at the far end, over loopback.</summary>
public sealed class DatagramSocketTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static TheoryData<bool, bool, string> Pairs =>
        new([.. from sends in Kinds from receives in Kinds from address in new[] { "127.0.0.1", "::1" } select (sends, receives, address)]);

    private static bool[] Kinds => LinuxDatagramSocket.IsSupported ? [false, true] : [false];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Datagrams_of_one_size_and_a_shorter_last_one_arrive_as_they_were(bool sendsByLinux, bool receivesByLinux, string address)
    {
        using IDatagramSocket sender = Open(sendsByLinux, address), receiver = Open(receivesByLinux, address);
        foreach (int size in (int[])[5 * 1200, (53 * 1200) + 7, 1200, 1, 1201])
        {
            byte[] sent = new byte[size];
            Random.Shared.NextBytes(sent);
            sender.Send(sent, 1200, AddressOf(receiver));
            List<byte[]> received = Receive(receiver, (size + 1199) / 1200, AddressOf(sender));
            Assert.Equal(sent.Chunk(1200), received);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_nothing_is_nothing_is_received_and_what_nobody_takes_is_no_error(bool byLinux)
    {
        Assert.SkipWhen(byLinux && !LinuxDatagramSocket.IsSupported, "These are system calls of Linux.");
        using IDatagramSocket socket = Open(byLinux, "127.0.0.1");
        TransportAddress nobody;
        using (IDatagramSocket gone = Open(byLinux, "127.0.0.1")) nobody = AddressOf(gone);
        for (int i = 0; i < 3; i++)
        {
            socket.Send(new byte[3000], 1200, nobody);
            Assert.False(socket.TryReceive(new byte[2000], out int length, out _, out _));
            Assert.Equal(0, length);
        }

        // Too long for UDP: lost like any other, and the socket works on.
        socket.Send(new byte[70_000], 70_000, nobody);
        socket.Send([1, 2, 3], 3, AddressOf(socket));
        Assert.Equal([1, 2, 3], Assert.Single(Receive(socket, 1, AddressOf(socket))));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void What_must_not_be_cut_arrives_where_it_fits_and_what_follows_may_be_cut_again(bool sendsByLinux, bool receivesByLinux, string address)
    {
        using IDatagramSocket sender = Open(sendsByLinux, address), receiver = Open(receivesByLinux, address);
        byte[] sent = new byte[16_373];
        Random.Shared.NextBytes(sent);
        sender.SendWhole(sent, AddressOf(receiver));
        Assert.Equal([sent], Receive(receiver, 1, AddressOf(sender)));
        // The largest there is: more than the loopback's 65,536 bytes with its headers, on most systems.
        byte[] largest = new byte[65_507];
        sender.SendWhole(largest, AddressOf(receiver));
        sender.Send(sent, sent.Length, AddressOf(receiver));
        Assert.Equal(sent, Receive(receiver, 1, AddressOf(sender))[^1]);
        if (sender.Socket.AddressFamily == AddressFamily.InterNetwork) Assert.False(sender.Socket.DontFragment);
    }

    private static List<byte[]> Receive(IDatagramSocket socket, int count, TransportAddress from)
    {
        List<byte[]> received = [];
        byte[] buffer = new byte[ushort.MaxValue];
        while (received.Count < count)
        {
            Assert.True(socket.Socket.Poll(s_patience, SelectMode.SelectRead), $"{received.Count} of {count} datagrams have arrived.");
            while (socket.TryReceive(buffer, out int length, out int segment, out TransportAddress source))
            {
                Assert.Equal(from, source);
                received.AddRange(buffer.AsSpan(0, length).ToArray().Chunk(segment));
            }
        }

        return received;
    }

    private static IDatagramSocket Open(bool byLinux, string address)
    {
        IPAddress ip = IPAddress.Parse(address);
        Socket socket = new(ip.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        socket.Bind(new IPEndPoint(ip, 0));
        return byLinux ? new LinuxDatagramSocket(socket) : new PlainDatagramSocket(socket);
    }

    private static TransportAddress AddressOf(IDatagramSocket socket)
    {
        var end = (IPEndPoint)socket.Socket.LocalEndPoint!;
        return TransportAddress.From(end.Address, end.Port);
    }
}
