using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace BerOfChat.Browser;

/// <summary>Reads everything that comes out of the browser's network, from outside: a packet socket on our end of the line.</summary>
internal sealed class PacketWatch : IDisposable
{
    // struct sockaddr_ll: family, protocol (big endian), index of the interface, kind of hardware, kind of packet.
    private const int AddressSize = 20, ProtocolOffset = 2, InterfaceOffset = 4, PacketTypeOffset = 10;
    private const ushort AllProtocols = 3;
    private const byte Outgoing = 4;

    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);

    // Without a protocol it hears nothing before it is bound to the one interface.
    private readonly Socket _socket = new(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
    private readonly PacketJudge _judge;
    private readonly Thread _thread;
    private readonly SortedSet<string> _strangers = [];
    private long _toUs;
    private long _multicastDns;
    private volatile bool _isStopping;

    private PacketWatch(PeerNetwork network)
    {
        _judge = new PacketJudge([network.Ours4, network.Ours6], [network.Theirs4, network.Theirs6, .. ReadNameServers()]);
        _socket.Bind(new PacketEndPoint(NetworkInterface.GetAllNetworkInterfaces().Single(i => i.Name == network.InterfaceName).GetIPProperties().GetIPv4Properties().Index));
        _thread = new Thread(Read) { IsBackground = true, Name = "packet watch" };
        _thread.Start();
    }

    /// <summary>Datagrams to our connections.</summary>
    public long ToUs => Interlocked.Read(ref _toUs);

    /// <summary>Packets with names that the browser has announced or asked for.</summary>
    public long MulticastDns => Interlocked.Read(ref _multicastDns);

    /// <summary>What else the browser has sent, or to whom it has tried to.</summary>
    public string[] Strangers
    {
        get
        {
            lock (_strangers) return [.. _strangers];
        }
    }

    public static PacketWatch Begin(PeerNetwork network) => new(network);

    public void Dispose()
    {
        _isStopping = true;
        _thread.Join();
        _socket.Dispose();
    }

    private static IEnumerable<IPAddress> ReadNameServers()
    {
        foreach (string line in File.Exists("/etc/resolv.conf") ? File.ReadAllLines("/etc/resolv.conf") : [])
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["nameserver", string text, ..] && IPAddress.TryParse(text, out IPAddress? address)) yield return address;
        }
    }

    private void Read()
    {
        byte[] frame = new byte[65_536];
        SocketAddress source = new(AddressFamily.Packet);
        while (!_isStopping)
        {
            if (!_socket.Poll(s_patience, SelectMode.SelectRead)) continue;
            source.Size = source.Buffer.Length;
            int length;
            try
            {
                length = _socket.ReceiveFrom(frame, SocketFlags.None, source);
            }
            catch (SocketException)
            {
                // The browser has ended, and its line with it.
                return;
            }

            if (source[PacketTypeOffset] != Outgoing) Count(frame.AsSpan(0, length));
        }
    }

    private void Count(ReadOnlySpan<byte> frame)
    {
        switch (_judge.Judge(frame, out string stranger))
        {
            case PacketKind.ToUs:
                Interlocked.Increment(ref _toUs);
                break;
            case PacketKind.MulticastDns:
                Interlocked.Increment(ref _multicastDns);
                break;
            case PacketKind.Stranger:
                lock (_strangers) _strangers.Add(stranger);
                break;
        }
    }

    private sealed class PacketEndPoint(int interfaceIndex) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            SocketAddress address = new(AddressFamily.Packet, AddressSize);
            BinaryPrimitives.WriteUInt16BigEndian(address.Buffer.Span[ProtocolOffset..], AllProtocols);
            BinaryPrimitives.WriteInt32LittleEndian(address.Buffer.Span[InterfaceOffset..], interfaceIndex);
            return address;
        }
    }
}
