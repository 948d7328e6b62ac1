using System.Net;
using System.Net.Sockets;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>One datagram per call, on every system.</summary>
internal sealed class PlainDatagramSocket(Socket socket) : IDatagramSocket
{
    private readonly SocketAddress _source = new(socket.AddressFamily);
    private readonly SocketAddress _target = new(socket.AddressFamily);

    public Socket Socket => socket;

    public bool TryReceive(Span<byte> buffer, out int length, out int segment, out TransportAddress source)
    {
        length = segment = 0;
        source = default;
        // Receiving where nothing is would throw.
        if (socket.Available == 0 && !socket.Poll(0, SelectMode.SelectRead)) return false;
        try
        {
            _source.Size = _source.Buffer.Length;
            length = segment = socket.ReceiveFrom(buffer, SocketFlags.None, _source);
            source = SocketAddresses.Read(_source);
            return true;
        }
        catch (SocketException)
        {
            // An ICMP error about an earlier datagram, or nothing there after all.
            return false;
        }
    }

    public void Send(ReadOnlySpan<byte> datagrams, int segment, TransportAddress target)
    {
        SocketAddresses.Write(target, _target);
        while (!datagrams.IsEmpty)
        {
            int length = Math.Min(segment, datagrams.Length);
            try
            {
                socket.SendTo(datagrams[..length], SocketFlags.None, _target);
            }
            catch (SocketException)
            {
                // Unreachable, too long, or the buffer is full: lost on the way, like any other.
            }

            datagrams = datagrams[length..];
        }
    }

    public void Dispose() => socket.Dispose();
}
