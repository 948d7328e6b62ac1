using System.Net;
using System.Net.Sockets;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>One UDP socket on one local address.</summary>
internal sealed class UdpLink : IDisposable
{
    private const int BufferSize = 4 * 1024 * 1024;

    private readonly IDatagramSocket _datagrams;

    private UdpLink(IDatagramSocket datagrams, int id, TransportAddress localAddress)
    {
        _datagrams = datagrams;
        Id = id;
        LocalAddress = localAddress;
    }

    public Socket Socket => _datagrams.Socket;

    public int Id { get; }

    public TransportAddress LocalAddress { get; }

    /// <summary>How many times in a row something is expected to be there.</summary>
    public int ExpectedReceives { get; set; } = 1;

    /// <summary>Binds a free port; null when the address cannot be bound.</summary>
    public static UdpLink? TryOpen(IPAddress address, int id)
    {
        Socket socket = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        try
        {
            socket.Bind(new IPEndPoint(address, 0));
            socket.ReceiveBufferSize = BufferSize;
            socket.SendBufferSize = BufferSize;
            Fragmentation.Allow(socket);
            return new UdpLink(SystemSockets.CreateDatagramSocket(socket), id, TransportAddress.From(address, ((IPEndPoint)socket.LocalEndPoint!).Port));
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <inheritdoc cref="IDatagramSocket.TryReceive"/>
    public bool TryReceive(Span<byte> buffer, out int length, out int segment, out TransportAddress source) => _datagrams.TryReceive(buffer, out length, out segment, out source);

    /// <inheritdoc cref="IDatagramSocket.Send"/>
    public void Send(ReadOnlySpan<byte> datagrams, int segment, TransportAddress target) => _datagrams.Send(datagrams, segment, target);

    /// <inheritdoc cref="Fragmentation.SendWhole"/>
    public void SendWhole(ReadOnlySpan<byte> datagram, TransportAddress target) => _datagrams.SendWhole(datagram, target);

    public void Dispose() => _datagrams.Dispose();
}
