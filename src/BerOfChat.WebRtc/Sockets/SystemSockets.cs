using System.Net.Sockets;
using BerOfChat.WebRtc.Sockets.Linux;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Chooses between what a system does best and what every system does.</summary>
internal static class SystemSockets
{
    /// <summary>An AppContext switch: on, nothing but the sockets of .NET is used. For finding out whether a fault or a figure comes from the system's own calls.</summary>
    public const string PlainSwitch = "BerOfChat.WebRtc.UsePlainSockets";

    private static bool IsPlain => AppContext.TryGetSwitch(PlainSwitch, out bool isOn) && isOn;

    public static ISocketWaiter CreateWaiter() => (IsPlain ? null : EpollWaiter.TryCreate()) ?? (ISocketWaiter)new SelectWaiter();

    /// <param name="socket">A bound UDP socket, not blocking; it belongs to the result.</param>
    public static IDatagramSocket CreateDatagramSocket(Socket socket) => IsPlain || !LinuxDatagramSocket.IsSupported ? new PlainDatagramSocket(socket) : new LinuxDatagramSocket(socket);
}
