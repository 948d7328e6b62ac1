using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace BerOfChat.WebRtc;

/// <summary>An IP address and a UDP port as a plain value: comparing and copying it allocates nothing.</summary>
/// <param name="Bits">The address: 128 bits of IPv6, or 32 bits of IPv4.</param>
/// <param name="Port">The port.</param>
/// <param name="IsIPv6">Which of the two it is.</param>
internal readonly record struct TransportAddress(UInt128 Bits, ushort Port, bool IsIPv6)
{
    public const int IPv4Size = 4;
    public const int IPv6Size = 16;

    // struct sockaddr_in and sockaddr_in6: the same on all systems behind the family.
    private const int PortOffset = 2, IPv4Offset = 4, IPv6Offset = 8;

    private static ReadOnlySpan<byte> IPv4MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    public bool IsLoopback => IsIPv6 ? Bits == UInt128.One : Bits >> 24 == 127;

    /// <summary>Usable only together with an interface, which no candidate can name.</summary>
    public bool IsLinkLocal => IsIPv6 ? Bits >> 118 == 0x3FA : Bits >> 16 == 0xA9FE;

    /// <summary>Means something only inside one network or machine: RFC 1918, RFC 6598, unique local, link-local and loopback addresses.</summary>
    public bool IsPrivate => IsLoopback || IsLinkLocal || (IsIPv6 ? Bits >> 121 == 0x7E : Bits >> 24 == 10 || Bits >> 20 == 0xAC1 || Bits >> 16 == 0xC0A8 || Bits >> 22 == 0x191);

    /// <summary>Nobody answers there: multicast, broadcast, or no address at all.</summary>
    public bool IsUnusable => Bits == UInt128.Zero || Port == 0 || (IsIPv6 ? Bits >> 120 == 0xFF : Bits >> 28 == 0xE || Bits == uint.MaxValue);

    public static TransportAddress From(IPAddress address, int port)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[IPv6Size];
        address.TryWriteBytes(bytes, out int length);
        return FromBytes(bytes[..length], (ushort)port);
    }

    /// <summary>From 4 or 16 bytes in network order.</summary>
    public static TransportAddress FromBytes(ReadOnlySpan<byte> address, ushort port)
    {
        UInt128 bits = UInt128.Zero;
        foreach (byte b in address) bits = (bits << 8) | b;
        return new TransportAddress(bits, port, address.Length == IPv6Size);
    }

    /// <summary>Parses a literal address without brackets or zone; names are refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> address, ReadOnlySpan<char> port, out TransportAddress result)
    {
        result = default;
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)) return false;
        if (address.ContainsAny('[', '%') || !IPAddress.TryParse(address, out IPAddress? parsed)) return false;
        // "1.2" and "0x7f000001" are addresses to the parser of the framework, but never to a peer.
        if (parsed.AddressFamily == AddressFamily.InterNetwork && address.Count('.') != 3) return false;
        result = From(parsed, number);
        return true;
    }

    /// <summary>Reads what a socket filled in, without allocating. False when it is no IP address.</summary>
    public static bool TryFrom(SocketAddress source, out TransportAddress result)
    {
        ReadOnlySpan<byte> bytes = source.Buffer.Span[..source.Size];
        (int offset, int size) = source.Family == AddressFamily.InterNetworkV6 ? (IPv6Offset, IPv6Size) : (IPv4Offset, IPv4Size);
        result = default;
        if (source.Family is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6) || bytes.Length < offset + size) return false;

        ReadOnlySpan<byte> address = bytes.Slice(offset, size);
        if (size == IPv6Size && address.StartsWith(IPv4MappedPrefix)) address = address[^IPv4Size..];
        result = FromBytes(address, BinaryPrimitives.ReadUInt16BigEndian(bytes[PortOffset..]));
        return true;
    }

    /// <summary>A new socket address for sending there; keep it as long as the route lives.</summary>
    public SocketAddress ToSocketAddress() => new IPEndPoint(ToIPAddress(), Port).Serialize();

    public int CopyTo(Span<byte> destination)
    {
        int length = IsIPv6 ? IPv6Size : IPv4Size;
        UInt128 bits = Bits;
        for (int i = length - 1; i >= 0; i--)
        {
            destination[i] = (byte)(bits & 0xFF);
            bits >>= 8;
        }

        return length;
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[IPv6Size];
        return new IPAddress(bytes[..CopyTo(bytes)]);
    }

    public override string ToString() => IsIPv6 ? $"[{ToIPAddress()}]:{Port}" : $"{ToIPAddress()}:{Port}";
}
