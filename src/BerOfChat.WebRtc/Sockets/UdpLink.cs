using System.Net;
using System.Net.Sockets;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>One UDP socket on one local address. What the network refuses is a lost datagram, never an error.</summary>
internal sealed class UdpLink : IDisposable
{
    private const int BufferSize = 4 * 1024 * 1024;

    private readonly SocketAddress _source;
    private readonly SocketAddress _target;

    private UdpLink(Socket socket, int id, TransportAddress localAddress)
    {
        Socket = socket;
        Id = id;
        LocalAddress = localAddress;
        _source = new SocketAddress(socket.AddressFamily);
        _target = new SocketAddress(socket.AddressFamily);
    }

    public Socket Socket { get; }

    public int Id { get; }

    public TransportAddress LocalAddress { get; }

    /// <summary>Binds a free port; null when the address cannot be bound.</summary>
    public static UdpLink? TryOpen(IPAddress address, int id)
    {
        Socket socket = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        try
        {
            socket.Bind(new IPEndPoint(address, 0));
            socket.ReceiveBufferSize = BufferSize;
            socket.SendBufferSize = BufferSize;
            return new UdpLink(socket, id, TransportAddress.From(address, ((IPEndPoint)socket.LocalEndPoint!).Port));
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>Receives one datagram if one is there.</summary>
    public bool TryReceive(Span<byte> buffer, out int length, out TransportAddress source)
    {
        length = 0;
        source = default;
        if (Socket.Available == 0 && !Socket.Poll(0, SelectMode.SelectRead)) return false;
        try
        {
            _source.Size = _source.Buffer.Length;
            length = Socket.ReceiveFrom(buffer, SocketFlags.None, _source);
            source = SocketAddresses.Read(_source);
            return true;
        }
        catch (SocketException)
        {
            // An ICMP error about an earlier datagram, or nothing there after all.
            return false;
        }
    }

    public void Send(ReadOnlySpan<byte> datagram, TransportAddress target)
    {
        SocketAddresses.Write(target, _target);
        try
        {
            Socket.SendTo(datagram, SocketFlags.None, _target);
        }
        catch (SocketException)
        {
            // Unreachable, too long, or the buffer is full: lost on the way, like any other.
        }
    }

    public void Dispose() => Socket.Dispose();
}
