using System.Net;
using System.Net.Sockets;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Tests.Turn;

namespace BerOfChat.WebRtc.Tests.Sockets;

/// <summary>A TURN server at a real socket on loopback. What goes from one of its relays to another never leaves it.</summary>
internal sealed class TurnServerSocket : IAsyncDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly MonotonicClock _clock = new(TimeProvider.System);
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;

    public TurnServerSocket()
    {
        Address = TransportAddress.From(IPAddress.Loopback, ((IPEndPoint)_socket.Client.LocalEndPoint!).Port);
        Model = new TurnServerModel(Address, new TurnServerModelOptions { RelayIPv4 = IPAddress.Loopback });
        _running = RunAsync();
    }

    public TransportAddress Address { get; }

    /// <summary>To be looked at when it was disposed of.</summary>
    public TurnServerModel Model { get; }

    /// <summary>Completes when two allocations were given back.</summary>
    public Task Released => _released.Task;

    public IceServer ToIceServer() =>
        new() { Urls = [$"turn:127.0.0.1:{Address.Port}"], Username = TurnServerModelOptions.DefaultUsername, Credential = TurnServerModelOptions.DefaultPassword };

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            UdpReceiveResult received = await _socket.ReceiveAsync(_closing.Token);
            Model.HandleDatagram(TransportAddress.From(received.RemoteEndPoint.Address, received.RemoteEndPoint.Port), Address, received.Buffer, _clock.Now);
            while (Model.TryTake(out TransportAddress from, out TransportAddress to, out byte[] packet))
            {
                if (Model.Owns(to)) Model.HandleDatagram(from, to, packet, _clock.Now);
                else if (from == Address) await _socket.SendAsync(packet, new IPEndPoint(to.ToIPAddress(), to.Port), _closing.Token);
            }

            if (Model.Released == 2) _released.TrySetResult();
        }
    }
}
