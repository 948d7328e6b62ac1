using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Whether what a socket sends may be cut into parts by the network, or by the system itself.</summary>
internal static class Fragmentation
{
    private const int IPv6Level = 41;
    private const int LinuxIPv6Discover = 23, LinuxDo = 2, LinuxDont = 0;
    private const int WindowsIPv6DontFragment = 14, MacIPv6DontFragment = 62;

    /// <summary>Data may be cut: it arrives in any case.</summary>
    public static void Allow(Socket socket) => TrySet(socket, isForbidden: false);

    /// <summary>Sends one datagram that is lost rather than cut where a link on the way carries only smaller ones. Where the system cannot forbid that, it is not sent.</summary>
    public static void SendWhole(this IDatagramSocket socket, ReadOnlySpan<byte> datagram, TransportAddress target)
    {
        if (TrySet(socket.Socket, isForbidden: true)) socket.Send(datagram, datagram.Length, target);
        Allow(socket.Socket);
    }

    private static bool TrySet(Socket socket, bool isForbidden)
    {
        try
        {
            if (socket.AddressFamily == AddressFamily.InterNetwork) socket.DontFragment = isForbidden;
            else if (OperatingSystem.IsLinux()) Set(socket, LinuxIPv6Discover, isForbidden ? LinuxDo : LinuxDont);
            else if (OperatingSystem.IsWindows()) Set(socket, WindowsIPv6DontFragment, isForbidden ? 1 : 0);
            else if (OperatingSystem.IsMacOS()) Set(socket, MacIPv6DontFragment, isForbidden ? 1 : 0);
            else return false;
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void Set(Socket socket, int option, int value) => socket.SetRawSocketOption(IPv6Level, option, MemoryMarshal.AsBytes([value]));
}
