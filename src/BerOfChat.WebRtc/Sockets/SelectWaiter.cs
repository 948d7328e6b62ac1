using System.Net;
using System.Net.Sockets;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Waits by select, which every system has. Its cost grows with the number of sockets.</summary>
/// <remarks>Lives as long as its loop, which is as long as the process.</remarks>
#pragma warning disable CA1001
internal sealed class SelectWaiter : ISocketWaiter
#pragma warning restore CA1001
{
    private readonly Dictionary<Socket, SocketWatch> _watches = [];
    private readonly List<Socket> _sockets = [];
    private readonly Socket _wakeReceiver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
    private readonly Socket _wakeSender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
    private readonly byte[] _wakeBuffer = new byte[16];

    public SelectWaiter()
    {
        _wakeReceiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wakeSender.Connect(_wakeReceiver.LocalEndPoint!);
        _wakeReceiver.Connect(_wakeSender.LocalEndPoint!);
    }

    public void Add(Socket socket, SocketWatch watch) => _watches.Add(socket, watch);

    public void Remove(Socket socket) => _watches.Remove(socket);

    public void Wait(TimeSpan? patience, List<SocketWatch> readable)
    {
        _sockets.Clear();
        _sockets.Add(_wakeReceiver);
        _sockets.AddRange(_watches.Keys);
        Socket.Select(_sockets, null, null, patience is { } wait ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)) : Timeout.InfiniteTimeSpan);
        foreach (Socket socket in _sockets)
        {
            if (_watches.TryGetValue(socket, out SocketWatch? watch)) readable.Add(watch);
            else DrainWakeUps();
        }
    }

    public void Wake()
    {
        try
        {
            _wakeSender.Send(_wakeBuffer, 0, 1, SocketFlags.None);
        }
        catch (SocketException)
        {
            // The buffer of the wake-up socket is full: it is readable, so the loop wakes anyway.
        }
    }

    private void DrainWakeUps()
    {
        while (_wakeReceiver.Available > 0) _wakeReceiver.Receive(_wakeBuffer);
    }
}
