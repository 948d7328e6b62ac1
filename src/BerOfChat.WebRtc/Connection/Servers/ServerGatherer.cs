using BerOfChat.Primitives;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Ice.Gathering;
using BerOfChat.WebRtc.Stun;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Connection.Servers;

/// <summary>Asks STUN servers as what they see our sockets, gets addresses at TURN servers, and carries datagrams through those.</summary>
/// <remarks>All servers are asked at once, each from every socket of its family. What they give becomes candidates of the agent; one that does not answer costs nothing but itself.</remarks>
internal sealed class ServerGatherer(IRandomSource random) : IDisposable
{
    /// <summary>Allocations are numbered from here on; below are sockets and streams.</summary>
    public const int FirstRelayId = 1000;

    /// <summary>What a relay may add to a datagram: the header of a Send indication with an address of IPv6, and padding.</summary>
    public const int MaxOverhead = 48 + 3;

    private readonly List<IceServerEntry> _servers = [];
    private readonly List<(int Id, TransportAddress Address)> _sockets = [];
    private readonly List<StunQuery> _queries = [];
    private readonly List<RelayAllocation> _relays = [];
    private readonly Dictionary<int, StunQuery?> _served = [];
    private readonly Queue<int> _credentialRequests = [];
    private readonly GatheringProgress _progress = new();
    private readonly SpareRoutes _spare = new();
    private MonotonicTime? _keepAliveAt;
    private int _reflexiveAddresses;
    private bool _hasNews;
    private bool _mayWrite;
    private bool _isClosed;

    /// <summary>Whether only addresses at relays become candidates.</summary>
    public bool IsRelayOnly { get; set; }

    public bool HasRelays => _relays.Count > 0;

    public MonotonicTime? NextTimeout
    {
        get
        {
            if (_isClosed) return null;
            MonotonicTime? next = MonotonicTime.Earliest(MonotonicTime.Earliest(_progress.Deadline, _keepAliveAt), _spare.NextTimeout);
            foreach (StunQuery query in _queries) next = MonotonicTime.Earliest(next, query.NextTimeout);
            foreach (RelayAllocation relay in _relays) next = MonotonicTime.Earliest(next, relay.NextTimeout);
            return next;
        }
    }

    /// <summary>Announces a server, whose name and credentials follow; returns its number.</summary>
    public int AddServer(IceServerUrl url, bool renewsCredentials)
    {
        _servers.Add(new IceServerEntry(_servers.Count, url, renewsCredentials));
        return _servers.Count - 1;
    }

    public void AddSocket(int socketId, TransportAddress address, MonotonicTime now)
    {
        if (address is { IsIPv6: true, IsLinkLocal: true }) return;
        _sockets.Add((socketId, address));
        foreach (IceServerEntry server in _servers) Ask(server, socketId, address, now);
    }

    public void EndOfSockets(MonotonicTime now)
    {
        _progress.Start(now);
        _hasNews = true;
    }

    /// <summary>The credentials of a server, before its address; or new ones after <see cref="TryTakeCredentialRequest"/>.</summary>
    /// <param name="serverId">The server's number.</param>
    /// <param name="username">The user name.</param>
    /// <param name="password">The password.</param>
    /// <param name="now">The time.</param>
    /// <param name="replace">
    /// Gives another socket or stream in the place of one from which a user name was refused: servers tell us apart by address and port, and coturn takes no second name from there (437). Null for the old one.
    /// </param>
    public void SetCredentials(int serverId, string username, string password, MonotonicTime now, Func<int, int?>? replace = null)
    {
        _servers[serverId].SetCredentials(username, password, now);
        foreach (RelayAllocation relay in _relays)
        {
            if (relay.Server.Id != serverId) continue;
            if (relay.AwaitsCredentials && replace?.Invoke(relay.Route.SocketId) is { } fresh) relay.MoveTo(fresh);
            relay.Client.UpdateCredentials(username, password, now);
        }

        NoteChange();
    }

    /// <summary>Whether an address at this server is there, or may still come.</summary>
    public bool HasLiveRelay(int serverId) => _relays.Exists(r => r.Server.Id == serverId && !r.IsOver);

    /// <summary>The addresses that the name of a server stands for.</summary>
    public void SetAddresses(int serverId, IReadOnlyList<TransportAddress> addresses, MonotonicTime now)
    {
        IceServerEntry server = _servers[serverId];
        server.IsPreparing = false;
        server.SetAddresses(addresses);
        foreach ((int id, TransportAddress address) in _sockets) Ask(server, id, address, now);
        NoteChange();
    }

    /// <summary>A stream to a TURN server is open.</summary>
    public void SetStream(int serverId, int linkId, TransportAddress address, MonotonicTime now)
    {
        IceServerEntry server = _servers[serverId];
        server.IsPreparing = false;
        Allocate(server, new IceRoute(linkId, address), now);
        _progress.NoteSign(now);
        NoteChange();
    }

    /// <summary>A server cannot be used: its name does not resolve, or its credentials cannot be had.</summary>
    public void Fail(int serverId, string error)
    {
        IceServerEntry server = _servers[serverId];
        server.IsPreparing = server.IsRenewing = false;
        server.Error = error;
        _hasNews = true;
    }

    /// <summary>There is no stream to a server, or none any more.</summary>
    public void LoseStream(int serverId, string error)
    {
        Fail(serverId, error);
        foreach (RelayAllocation relay in _relays)
        {
            if (relay.Server.Id == serverId) relay.Break();
        }
    }

    /// <summary>Takes a packet if it comes from a server that was asked from there.</summary>
    /// <param name="route">The link it came over, and its source.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="now">The time.</param>
    /// <param name="relayed">With <see cref="ServerPacket.Relayed"/>: which datagram of which peer it carries.</param>
    public ServerPacket HandlePacket(IceRoute route, ReadOnlySpan<byte> packet, MonotonicTime now, out RelayedDatagram relayed)
    {
        relayed = default;
        if (_queries.Count > 0 && StunMessage.LooksLikeStun(packet) && HandleAnswer(route, packet, now)) return ServerPacket.Taken;
        foreach (RelayAllocation relay in _relays)
        {
            if (relay.Route != route || relay.IsOver) continue;
            bool isData = relay.Client.TryHandlePacket(packet, now, out TransportAddress peer, out int offset, out int length);
            if (isData)
            {
                relayed = new RelayedDatagram(new IceRoute(relay.Id, peer), offset, length);
                return ServerPacket.Relayed;
            }

            if (relay.IsAwaited) _progress.NoteSign(now);
            _spare.Drop(route.Remote);
            NoteChange();
            return ServerPacket.Taken;
        }

        return ServerPacket.Foreign;
    }

    public void HandleTimeout(bool hasPath, MonotonicTime now)
    {
        if (_isClosed || !(NextTimeout <= now)) return;
        foreach (StunQuery query in _queries) query.HandleTimeout(now);
        foreach (RelayAllocation relay in _relays) relay.HandleTimeout(now);
        while (_spare.TryTakeDue(now, out IceServerEntry server, out IceRoute route)) Allocate(server, route, now);
        if (_keepAliveAt <= now)
        {
            _keepAliveAt = hasPath ? null : now + IceServerLimits.KeepAlive;
            if (!hasPath) foreach (StunQuery? query in _served.Values) query?.Ask(now);
        }

        NoteChange();
    }

    /// <summary>Hands what has become known to the agent, and what the agent knows of the peer to the relays.</summary>
    public void Advance(IceAgent ice, MonotonicTime now)
    {
        if (_isClosed) return;
        if (_hasNews)
        {
            _hasNews = false;
            foreach (StunQuery query in _queries) ReadAnswer(query, ice, now);
            // An address that is lost is replaced while they are gone through.
            for (int i = 0; i < _relays.Count; i++)
            {
                while (_relays[i].Client.TryReadEvent(out TurnEvent e)) HandleTurn(_relays[i], e, ice, now);
            }

            _progress.Update(IsPending(), now);
            if (_progress.IsComplete) ice.EndOfLocalCandidates();
        }

        foreach (RelayAllocation relay in _relays) Permit(relay, ice.Checklist, now);
    }

    /// <summary>The pair in use goes from one of our addresses at relays: a channel makes it cheap.</summary>
    public void Bind(IceRoute route, MonotonicTime now)
    {
        if (FindRelay(route.SocketId) is not { } relay) return;
        relay.Client.Bind(route.Remote, now);
        NoteChange();
    }

    /// <summary>The pair in use does not answer any more: relays may have forgotten us, and a door may give us another address.</summary>
    public void Doubt(MonotonicTime now)
    {
        foreach (StunQuery? query in _served.Values) query?.Ask(now);
        foreach (RelayAllocation relay in _relays) relay.Doubt(now);
        NoteChange();
    }

    /// <summary>The next server whose credentials are refused and can be renewed.</summary>
    public bool TryTakeCredentialRequest(out int serverId) => _credentialRequests.TryDequeue(out serverId);

    /// <summary>Writes what a server is to be told; 0 when there is nothing.</summary>
    public int WritePacket(Span<byte> destination, out IceRoute route)
    {
        route = default;
        if (!_mayWrite) return 0;
        foreach (StunQuery query in _queries)
        {
            route = query.Route;
            if (query.WritePacket(destination) is > 0 and int length) return length;
        }

        foreach (RelayAllocation relay in _relays)
        {
            route = relay.Route;
            if (relay.WritePacket(destination) is > 0 and int length) return length;
        }

        _mayWrite = false;
        return 0;
    }

    /// <summary>How much is to be left free in front of a datagram that goes this way.</summary>
    public int GetOverhead(IceRoute route) => FindRelay(route.SocketId) is { } relay ? relay.Client.GetOverhead(route.Remote) : 0;

    /// <summary>Wraps a datagram that stands behind <see cref="GetOverhead"/> when it goes by a relay.</summary>
    /// <returns>The length of the whole; 0 when the relay does not take it.</returns>
    public int Seal(Span<byte> destination, int length, ref IceRoute route)
    {
        if (FindRelay(route.SocketId) is not { } relay) return length;
        length = relay.Client.Seal(destination, route.Remote, length);
        route = relay.Route;
        return length;
    }

    /// <summary>Gives all addresses at relays back; what tells the servers is to be written.</summary>
    public void Close(MonotonicTime now)
    {
        if (_isClosed) return;
        _isClosed = true;
        foreach (StunQuery query in _queries) query.Stop();
        foreach (RelayAllocation relay in _relays) relay.Close(now);
        _mayWrite = true;
    }

    /// <summary>A sentence about which paths there were, for who has found none.</summary>
    public string Describe()
    {
        if (!_servers.Exists(static s => s.Url.IsTurn)) return "Only direct paths were tried: both devices must reach each other by UDP.";
        return _relays.Exists(static r => r.Client.State == TurnState.Allocated) ? "A relay was among them." : "No TURN server has given an address.";
    }

    /// <summary>What came of each question so far.</summary>
    public IEnumerable<IceServerReport> ReadReports() =>
        _servers.Where(IsNotAsked).Select(ServerReports.Of).Concat(_queries.Select(q => ServerReports.Of(_servers[q.ServerId].Url, q))).Concat(_relays.Select(ServerReports.Of));

    public void Dispose()
    {
        foreach (RelayAllocation relay in _relays) relay.Dispose();
    }

    private void Ask(IceServerEntry server, int socketId, TransportAddress socket, MonotonicTime now)
    {
        if (server.IsPreparing || server.Url.IsStream || server.AddressFor(socket) is not { } address) return;
        IceRoute route = new(socketId, address);
        if (server.Url.IsTurn)
        {
            if (!_relays.Exists(r => r.Route.Remote == address)) Allocate(server, route, now);
            else if (!_relays.Exists(r => r.Route == route || r.HasServed && r.Route.Remote == address)) _spare.Add(server, route, now);
        }
        else if (!IsRelayOnly && _queries.Count < IceServerLimits.MaxQueries && !_queries.Exists(q => q.Route == route))
        {
            StunQuery query = new(server.Id, socketId, address, random);
            _queries.Add(query);
            query.Ask(now);
        }

        NoteChange();
    }

    private void Allocate(IceServerEntry server, IceRoute route, MonotonicTime now)
    {
        if (_relays.Count >= IceServerLimits.MaxAllocations) return;
        RelayAllocation relay = new(FirstRelayId + _relays.Count, server, route, random);
        _relays.Add(relay);
        relay.Client.Allocate(now);
    }

    private bool HandleAnswer(IceRoute route, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        if (_queries.Find(q => q.Route == route && q.NextTimeout is not null) is not { } query) return false;
        if (!StunMessage.TryParse(packet, out StunMessage message) || !query.TryHandleResponse(message, now)) return false;
        _progress.NoteSign(now);
        NoteChange();
        return true;
    }

    // The first answer for a socket serves; one that differs from it would be another door's, or a door's that looks different from everywhere.
    private void ReadAnswer(StunQuery query, IceAgent ice, MonotonicTime now)
    {
        if (!query.TryTakeMapped(out TransportAddress mapped)) return;
        int socketId = query.Route.SocketId;
        if (!_served.TryAdd(socketId, query) && _served[socketId] != query) return;
        _keepAliveAt ??= now + IceServerLimits.KeepAlive;
        _progress.NoteSuccess(now);
        if (++_reflexiveAddresses <= IceServerLimits.MaxReflexiveAddresses) ice.AddServerReflexiveCandidate(socketId, mapped, query.Route.Remote, _servers[query.ServerId].Url, now);
    }

    private void HandleTurn(RelayAllocation relay, TurnEvent e, IceAgent ice, MonotonicTime now)
    {
        switch (e.Kind)
        {
            case TurnEventKind.Allocated when relay.Client.RelayedAddress is { } relayed:
                TransportAddress? mapped = relay.Client.MappedAddress;
                _progress.NoteSuccess(now);
                relay.NoteAllocated(now);
                if (!IsRelayOnly && !relay.Server.Url.IsStream && mapped is { } seenAs && _served.TryAdd(relay.Route.SocketId, null))
                    ice.AddServerReflexiveCandidate(relay.Route.SocketId, seenAs, relay.Route.Remote, relay.Server.Url, now);
                ice.AddRelayCandidate(relay.Id, relayed, IsRelayOnly ? null : mapped, relay.Route.Remote, relay.Server.Url, now);
                break;
            case TurnEventKind.Failed when relay is { HasServed: true, Client.Failure.Kind: TurnFailureKind.AllocationLost }:
                Allocate(relay.Server, relay.Route, now);
                break;
            case TurnEventKind.CredentialsRefused when !relay.Server.IsRenewing && relay.Server.MayRenew(now):
                relay.Server.IsRenewing = true;
                _credentialRequests.Enqueue(relay.Server.Id);
                break;
            case TurnEventKind.AlternateServer when !relay.Server.Url.IsStream && e.Address.IsIPv6 == relay.Route.Remote.IsIPv6:
                relay.Redirect(e.Address, now);
                break;
            case TurnEventKind.AlternateServer:
                relay.Server.Error = "The server names another one that cannot be reached from here. Use that one.";
                relay.Dispose();
                break;
        }

        _mayWrite = true;
    }

    private void Permit(RelayAllocation relay, IceChecklist checklist, MonotonicTime now)
    {
        if (relay.PermittedVersion == checklist.RemoteVersion || relay.Client.RelayedAddress is not { } relayed || relay.Client.State != TurnState.Allocated) return;
        relay.PermittedVersion = checklist.RemoteVersion;
        _mayWrite = true;
        foreach (IceCandidate remote in checklist.Remotes)
        {
            if (remote.Address.IsIPv6 == relayed.IsIPv6 && remote.Address.IsLoopback == relayed.IsLoopback) relay.Client.Permit(remote.Address, now);
        }
    }

    private bool IsPending() =>
        _servers.Exists(static s => s.IsPreparing || s.IsRenewing)
        || !_spare.IsEmpty
        || _queries.Exists(q => q.State == StunQueryState.Asking && !_served.ContainsKey(q.Route.SocketId))
        || _relays.Exists(r => r.IsAwaited);

    private bool IsNotAsked(IceServerEntry server) =>
        server.IsPreparing || server.Error is not null || !(_queries.Exists(q => q.ServerId == server.Id) || _relays.Exists(r => r.Server == server));

    private RelayAllocation? FindRelay(int socketId) => socketId < FirstRelayId ? null : _relays[socketId - FirstRelayId];

    private void NoteChange() => _hasNews = _mayWrite = true;
}
