using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace BerOfChat.WebRtc.Sockets.Linux;

/// <summary>Many datagrams per call: the kernel cuts what is sent (UDP_SEGMENT) and joins what is received (UDP_GRO). Where it does not, one per call.</summary>
internal sealed unsafe class LinuxDatagramSocket : IDatagramSocket
{
    private const int UdpLevel = 17;
    private const int UdpSegment = 103;
    private const int UdpGro = 104;
    private const int SmallestLink = 1232;
    private const ushort FamilyIPv4 = 2, FamilyIPv6 = 10;
    private const int IPv4Size = 16, IPv6Size = 28, MaxAddressSize = 28;
    private const int IPv4Offset = 4, IPv6Offset = 8;

    // The first socket that joins makes the kernel patch its own code, and closing the last one makes it patch that back: about half a millisecond each. One stays, so that it happens once.
    private static readonly Lazy<Socket> s_stays = new(() => CreateJoining(AddressFamily.InterNetwork)), s_staysIPv6 = new(() => CreateJoining(AddressFamily.InterNetworkV6));

    private readonly Socket _socket;
    private readonly int _descriptor;
    private bool _mayCut = true;

    public LinuxDatagramSocket(Socket socket)
    {
        _socket = socket;
        _descriptor = (int)socket.Handle;
        _ = (socket.AddressFamily == AddressFamily.InterNetworkV6 ? s_staysIPv6 : s_stays).Value;
        Join(socket);
    }

    public static bool IsSupported => LibC.IsSupported;

    public Socket Socket => _socket;

    public bool TryReceive(Span<byte> buffer, out int length, out int segment, out TransportAddress source)
    {
        byte* name = stackalloc byte[MaxAddressSize];
        ControlMessage control = default;
        fixed (byte* memory = buffer)
        {
            MemoryVector vector = new() { Base = memory, Length = buffer.Length };
            MessageHeader message = new() { Name = name, NameLength = MaxAddressSize, Vectors = &vector, VectorCount = 1, Control = &control, ControlLength = sizeof(ControlMessage) };
            length = segment = (int)LibC.ReceiveMessage(_descriptor, &message, LibC.DontWait);
            if (length < 0)
            {
                // Nothing there, or an ICMP error about an earlier datagram.
                length = segment = 0;
                source = default;
                return false;
            }

            if (message.ControlLength >= ControlMessage.HeaderSize + sizeof(int) && control is { Level: UdpLevel, Type: UdpGro } && (int)control.Value is > 0 and int joined) segment = joined;
            source = ReadAddress(new ReadOnlySpan<byte>(name, MaxAddressSize));
            return true;
        }
    }

    public void Send(ReadOnlySpan<byte> datagrams, int segment, TransportAddress target)
    {
        byte* name = stackalloc byte[MaxAddressSize];
        int nameLength = WriteAddress(target, new Span<byte>(name, MaxAddressSize));
        fixed (byte* memory = datagrams)
        {
            if (datagrams.Length > segment && _mayCut)
            {
                ControlMessage control = new() { Length = ControlMessage.HeaderSize + sizeof(ushort), Level = UdpLevel, Type = UdpSegment, Value = segment };
                if (Send(memory, datagrams.Length, name, nameLength, &control)) return;
                // Who cannot cut says so with EIO or EINVAL: an interface without checksums of its own, or a kernel that does not know the option.
                // So does one that carries only smaller datagrams, which happens when the path has changed: they leave in parts, one by one.
                int error = Marshal.GetLastPInvokeError();
                if (error is not (ErrorInput or ErrorInvalid or ErrorTooLong)) return;
                if (segment <= SmallestLink) _mayCut = false;
            }

            for (int offset = 0; offset < datagrams.Length; offset += segment) Send(memory + offset, Math.Min(segment, datagrams.Length - offset), name, nameLength, null);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static Socket CreateJoining(AddressFamily family)
    {
        Socket socket = new(family, SocketType.Dgram, ProtocolType.Udp);
        Join(socket);
        return socket;
    }

    private static void Join(Socket socket)
    {
        try
        {
            socket.SetRawSocketOption(UdpLevel, UdpGro, MemoryMarshal.AsBytes([1]));
        }
        catch (SocketException)
        {
            // An older kernel: one datagram per call.
        }
    }

    private bool Send(byte* memory, int length, byte* name, int nameLength, ControlMessage* control)
    {
        MemoryVector vector = new() { Base = memory, Length = length };
        MessageHeader message = new() { Name = name, NameLength = nameLength, Vectors = &vector, VectorCount = 1, Control = control, ControlLength = control is null ? 0 : sizeof(ControlMessage) };
        return LibC.SendMessage(_descriptor, &message, LibC.DontWait) >= 0;
    }

    private static int WriteAddress(TransportAddress address, Span<byte> name)
    {
        name.Clear();
        MemoryMarshal.Write(name, address.IsIPv6 ? FamilyIPv6 : FamilyIPv4);
        BinaryPrimitives.WriteUInt16BigEndian(name[sizeof(ushort)..], address.Port);
        address.CopyTo(name[(address.IsIPv6 ? IPv6Offset : IPv4Offset)..]);
        return address.IsIPv6 ? IPv6Size : IPv4Size;
    }

    private static TransportAddress ReadAddress(ReadOnlySpan<byte> name)
    {
        bool isIPv6 = MemoryMarshal.Read<ushort>(name) == FamilyIPv6;
        ReadOnlySpan<byte> bytes = isIPv6 ? name.Slice(IPv6Offset, TransportAddress.IPv6Size) : name.Slice(IPv4Offset, TransportAddress.IPv4Size);
        return TransportAddress.FromBytes(bytes, BinaryPrimitives.ReadUInt16BigEndian(name[sizeof(ushort)..]));
    }

    private const int ErrorInput = 5, ErrorInvalid = 22, ErrorTooLong = 90;
}
