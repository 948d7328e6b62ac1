using BerOfChat.Primitives;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Stun;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Connection.Servers;

/// <summary>An address of ours at a relay: for ICE a socket of its own, in truth packets to and from the relay's server.</summary>
internal sealed class RelayAllocation(int id, IceServerEntry server, IceRoute route, IRandomSource random) : IDisposable
{
    /// <summary>Doors that translate addresses forget a way that carries nothing for 30 s, some sooner (RFC 4787 asks for two minutes), and the server knows us by our address.</summary>
    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(15);

    private MonotonicTime? _keepAliveAt;
    private bool _keepsAlive;

    public int Id => id;

    public IceServerEntry Server => server;

    public TurnClient Client { get; } = new(new TurnClientOptions { Username = server.Username, Password = server.Password, IsStream = server.Url.IsStream }, random);

    /// <summary>From which of our sockets or streams to which address packets for the server go.</summary>
    public IceRoute Route { get; private set; } = route;

    /// <summary>Which addresses of the peer were permitted already; see <see cref="IceChecklist.RemoteVersion"/>.</summary>
    public int PermittedVersion { get; set; } = -1;

    /// <summary>Whether there was an address.</summary>
    public bool HasServed { get; private set; }

    public bool IsAwaited => Client.State is TurnState.Idle or TurnState.Allocating;

    /// <summary>Whether nothing will come of it any more.</summary>
    public bool IsOver => Client.State is TurnState.Failed or TurnState.Closed;

    /// <summary>Whether others might bring it about.</summary>
    public bool AwaitsCredentials => Client is { State: TurnState.Failed, Failure.Kind: TurnFailureKind.CredentialsRefused or TurnFailureKind.CredentialsUnusable };

    /// <summary>Whether the way to the server is gone.</summary>
    public bool IsBroken { get; private set; }

    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(Client.NextTimeout, _keepAliveAt);

    /// <summary>The server has named another one.</summary>
    public void Redirect(TransportAddress address, MonotonicTime now)
    {
        Route = Route with { Remote = address };
        Client.Allocate(now);
    }

    /// <summary>The stream to the server has ended.</summary>
    public void Break()
    {
        IsBroken = true;
        Client.Dispose();
    }

    /// <summary>From now on packets for the server go by another socket or stream.</summary>
    public void MoveTo(int socketId) => Route = Route with { SocketId = socketId };

    /// <summary>There is an address; from now on the way to the server is kept open.</summary>
    public void NoteAllocated(MonotonicTime now)
    {
        HasServed = true;
        if (!server.Url.IsStream) _keepAliveAt = now + s_keepAlive;
    }

    /// <summary>Nothing comes from anywhere: asks at once whether the server still knows us.</summary>
    public void Doubt(MonotonicTime now) => Client.Doubt(now);

    public void HandleTimeout(MonotonicTime now)
    {
        Client.HandleTimeout(now);
        if (_keepAliveAt is not { } due || due > now) return;
        _keepsAlive = true;
        _keepAliveAt = Client.State == TurnState.Allocated ? now + s_keepAlive : null;
    }

    /// <summary>Writes what the server is to be told; 0 when there is nothing.</summary>
    public int WritePacket(Span<byte> destination)
    {
        if (Client.WritePacket(destination) is > 0 and int length) return length;
        if (!_keepsAlive) return 0;
        _keepsAlive = false;
        // An indication is answered by nobody; it only passes the door.
        return new StunWriter(destination, StunMessageType.BindingIndication, StunTransactionId.New(random)).Finish([]);
    }

    public void Close(MonotonicTime now)
    {
        _keepAliveAt = null;
        _keepsAlive = false;
        Client.Close(now);
    }

    public void Dispose() => Client.Dispose();
}
