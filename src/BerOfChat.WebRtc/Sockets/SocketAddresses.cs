using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Between the system's form of an address and ours, without an allocation.</summary>
internal static class SocketAddresses
{
    private const int PortOffset = 2;
    private const int IPv4Offset = 4;
    private const int IPv6Offset = 8;

    public static TransportAddress Read(SocketAddress address)
    {
        ReadOnlySpan<byte> bytes = address.Buffer.Span;
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(bytes[PortOffset..]);
        return address.Family == AddressFamily.InterNetworkV6
            ? TransportAddress.FromBytes(bytes.Slice(IPv6Offset, TransportAddress.IPv6Size), port)
            : TransportAddress.FromBytes(bytes.Slice(IPv4Offset, TransportAddress.IPv4Size), port);
    }

    public static void Write(TransportAddress address, SocketAddress destination)
    {
        // The family's own bytes were written when the address was made, and stay.
        Span<byte> bytes = destination.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[PortOffset..], address.Port);
        address.CopyTo(bytes[(address.IsIPv6 ? IPv6Offset : IPv4Offset)..]);
    }
}
