using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace BerOfChat.Browser;

/// <summary>Carries the datagrams between a peer and us, and loses one flight of the DTLS handshake.</summary>
/// <remarks>The peer must not know our address, nor we its: it is told the relay's, and learns from checks like everybody behind one.</remarks>
internal sealed class LossyRelay : IAsyncDisposable
{
    private const int AddressField = 4, PortField = 5;
    private const byte ChangeCipherSpec = 20, Handshake = 22;
    // What is repeated comes later than that, what is sent together does not.
    private static readonly TimeSpan s_flight = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly Socket _outside;
    private readonly Socket _inside;
    private readonly int _lost;
    private readonly Task _carrying;
    private volatile IPEndPoint? _us, _peer;
    private int _flights;
    private bool _lastWasOurs;
    private long _losesSince;

    /// <param name="address">One of ours that the peer can reach.</param>
    /// <param name="lostFlight">Which flight, counted from 1 over both sides.</param>
    public LossyRelay(IPAddress address, int lostFlight)
    {
        _lost = lostFlight;
        _outside = Open(address);
        _inside = Open(address);
        _carrying = Task.WhenAll(CarryAsync(_outside, _inside, isOurs: false), CarryAsync(_inside, _outside, isOurs: true));
    }

    /// <summary>Datagrams that were lost.</summary>
    public int Lost { get; private set; }

    /// <summary>Puts the relay in the place of a candidate of ours.</summary>
    public string Redirect(string candidate)
    {
        string[] fields = candidate.Split(' ');
        _us = new IPEndPoint(IPAddress.Parse(fields[AddressField]), int.Parse(fields[PortField], System.Globalization.CultureInfo.InvariantCulture));
        fields[PortField] = ((IPEndPoint)_outside.LocalEndPoint!).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return string.Join(' ', fields);
    }

    public async ValueTask DisposeAsync()
    {
        _outside.Dispose();
        _inside.Dispose();
        await _carrying;
    }

    private async Task CarryAsync(Socket from, Socket to, bool isOurs)
    {
        byte[] buffer = new byte[65_536];
        try
        {
            while (true)
            {
                SocketReceiveFromResult received = await from.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                if (!isOurs) _peer = (IPEndPoint)received.RemoteEndPoint;
                if ((isOurs ? _peer : _us) is not { } target || !Passes(buffer[0], isOurs)) continue;
                await to.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), target);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private bool Passes(byte type, bool isOurs)
    {
        if (type is not (ChangeCipherSpec or Handshake)) return true;
        lock (_gate)
        {
            if (_flights == 0 || _lastWasOurs != isOurs) _flights++;
            _lastWasOurs = isOurs;
            if (_flights != _lost) return true;
            if (Lost == 0) _losesSince = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(_losesSince) > s_flight) return true;
            Lost++;
            return false;
        }
    }

    private static Socket Open(IPAddress address)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }
}
