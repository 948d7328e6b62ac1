using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Whether what a socket sends may be cut into parts by the network, or by the system itself.</summary>
internal static class Fragmentation
{
    private const int IPv6Level = 41;
    private const int LinuxIPv6Discover = 23, LinuxDo = 2, LinuxDont = 0;
    private const int WindowsIPv6DontFragment = 14, MacIPv6DontFragment = 62;

    /// <summary>Data may be cut: it arrives in any case. Returns whether the system knows how to say so.</summary>
    public static bool TryAllow(Socket socket) => TrySet(socket, isForbidden: false);

    /// <summary>Until <see cref="TryAllow"/>.</summary>
    public static bool TryForbid(Socket socket) => TrySet(socket, isForbidden: true);

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
