using BerOfChat.Primitives;
using BerOfChat.WebRtc.Connection.Diagnosis;
using BerOfChat.WebRtc.Connection.Servers;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Ice.Gathering;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Sdp;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Connection;

/// <summary>One connection: finds a path, encrypts it, carries data channels over it. Composes the cores, and is one itself.</summary>
/// <remarks>DTLS is accepted only from where an authenticated check came, and data only when the certificate is the one of the description.</remarks>
internal sealed class PeerConnectionCore : IDisposable
{
    /// <summary>No datagram of ours is larger.</summary>
    public const int LargestDatagramSize = SctpLimits.LargestPacketSize + DtlsRecordLayer.Overhead + ServerGatherer.MaxOverhead;

    /// <summary>Checks and handshakes are no larger.</summary>
    private const int MaxPlainDatagramSize = 1280;

    private readonly IRandomSource _random;
    private readonly DtlsEndpoint _dtls;
    private readonly Negotiation _negotiation;
    private readonly ServerGatherer _servers;
    private readonly Queue<ConnectionEvent> _events = [];
    private IceAgent? _ice;
    private IceRoute _route;
    private ConnectionExplanation? _finalExplanation;
    private bool _isClosing;

    public PeerConnectionCore(IRandomSource random, IDtlsHandshake handshake, ReadOnlyMemory<byte> localFingerprint, int maxMessageSize = DataChannelEndpoint.DefaultMaxIncomingMessage, SctpExtensions? extensions = null)
    {
        _random = random;
        LocalFingerprint = localFingerprint;
        Channels = new DataChannelEndpoint(random, maxMessageSize, extensions);
        _dtls = new DtlsEndpoint(handshake);
        _negotiation = new Negotiation(random, localFingerprint, maxMessageSize, Handshake);
        _servers = new ServerGatherer(random);
    }

    public DataChannelEndpoint Channels { get; }

    public PeerConnectionState State { get; private set; }

    /// <summary>How long a path is looked for; see <see cref="PeerConnectionOptions.PathTimeout"/>.</summary>
    public TimeSpan PathTimeout { get; init; } = IceAgentOptions.DefaultFailedAfter;

    /// <summary>How long the peer may leave every question unanswered; see <see cref="PeerConnectionOptions.ConsentTimeout"/>.</summary>
    public TimeSpan ConsentTimeout { get; init; } = IceAgentOptions.DefaultFailedAfter;

    /// <summary>Whether descriptions carry what the SCTP handshake would say; see <see cref="PeerConnectionOptions.UseSnap"/>.</summary>
    public bool UseSnap { get; init; }

    /// <summary>Whether the peer is told no private address; see <see cref="PeerConnectionOptions.HidePrivateAddresses"/>.</summary>
    public bool HidesPrivateAddresses { get; init; }

    /// <summary>Whether nothing but relays is used; see <see cref="IceTransportPolicy.Relay"/>.</summary>
    public bool IsRelayOnly
    {
        get => _servers.IsRelayOnly;
        init => _servers.IsRelayOnly = value;
    }

    public TransportCounters Counters { get; } = new();

    /// <summary>Datagrams that belong to nothing here.</summary>
    public long DroppedDatagrams { get; private set; }

    /// <summary>Datagrams of ours that a relay does not take.</summary>
    public long UnsentDatagrams { get; private set; }

    public ReadOnlyMemory<byte> LocalFingerprint { get; }

    public ReadOnlyMemory<byte> RemoteFingerprint => _dtls.RemoteCertificateSha256;

    public string? CipherSuite => _dtls.CipherSuite;

    /// <summary>How large the next datagram may be. Now and then there has to be room for the largest, or the path is not asked how much it carries.</summary>
    public int NextDatagramSize => Math.Max(MaxPlainDatagramSize, Channels.Association.NextPacketSize + DtlsRecordLayer.Overhead) + (_servers.HasRelays ? ServerGatherer.MaxOverhead : 0);

    /// <summary>Whether the datagram written last asks how large datagrams may be: it must leave alone and not be cut on its way.</summary>
    public bool IsProbe { get; private set; }

    public IceCandidatePair? SelectedPair => _ice?.SelectedPair;

    public IceAgent? Ice => _ice;

    public DtlsState DtlsState => _dtls.State;

    /// <summary>How and why it has ended; null as long as it has not.</summary>
    public ConnectionEnd? End { get; private set; }

    public bool IsDtlsClient => _negotiation.IsDtlsClient;

    public MonotonicTime? NextTimeout => IsOver ? null : MonotonicTime.Earliest(MonotonicTime.Earliest(_ice?.NextTimeout, _servers.NextTimeout), MonotonicTime.Earliest(_dtls.NextTimeout, Channels.NextTimeout));

    private bool IsOver => End is not null;

    private SctpHandshake Handshake => Channels.Association.Handshake;

    /// <summary>Begins as the offerer.</summary>
    public SdpDocument CreateOffer() => _negotiation.CreateOffer(BeginIce(isControlling: true).LocalCredentials, UseSnap);

    /// <summary>Answers the offer set before.</summary>
    public SdpDocument CreateAnswer() => _negotiation.CreateAnswer(_ice?.LocalCredentials);

    /// <summary>Takes the peer's description.</summary>
    public void SetRemote(SdpDocument remote, bool isOffer, MonotonicTime now)
    {
        if (_negotiation.Remote is not null) throw new InvalidOperationException("The peer's description is already set; renegotiation is not supported.");
        IceAgent ice = isOffer ? BeginIce(isControlling: false) : _ice ?? throw new InvalidOperationException("An answer came before the offer was made.");
        ice.SetRemoteCredentials(_negotiation.TakeRemote(remote, isOffer, UseSnap), now);
        foreach (string candidate in _negotiation.TakeCandidates()) ice.TryAddRemoteCandidate(candidate, now);
        Advance(now);
    }

    /// <summary>Names a STUN or TURN server, whose address and credentials follow; returns its number.</summary>
    public int AddServer(IceServerUrl url, bool renewsCredentials) => _servers.AddServer(url, renewsCredentials);

    /// <summary>Something has become known of a server, or has happened to it.</summary>
    public void UpdateServers(Action<ServerGatherer> update, MonotonicTime now)
    {
        if (IsOver) return;
        update(_servers);
        Advance(now);
    }

    public IEnumerable<IceServerReport> ReadServerReports() => _servers.ReadReports();

    /// <summary>Says why it is where it is; after the end how it was then.</summary>
    public ConnectionExplanation Explain() => _finalExplanation ?? ConnectionExplainer.Explain(this);

    public void AddLocalAddress(int socketId, TransportAddress address, MonotonicTime now)
    {
        if (!IsRelayOnly) _ice!.AddLocalHostCandidate(socketId, address, now);
        _servers.AddSocket(socketId, address, now);
        Advance(now);
    }

    public void EndOfLocalAddresses(MonotonicTime now)
    {
        _servers.EndOfSockets(now);
        Advance(now);
    }

    /// <summary>Adds a candidate of the peer, also before its description. False when it cannot be read.</summary>
    public bool TryAddRemoteCandidate(string line, MonotonicTime now)
    {
        if (line.Length == 0) return true;
        if (_negotiation.Remote is null)
        {
            _negotiation.KeepEarly(line);
            return true;
        }

        bool added = _ice!.TryAddRemoteCandidate(line, now);
        Advance(now);
        return added;
    }

    public void HandleDatagram(int socketId, TransportAddress source, ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        if (IsOver || _ice is null) return;
        IceRoute route = new(socketId, source);
        switch (_servers.HandlePacket(route, datagram, now, out RelayedDatagram relayed))
        {
            case ServerPacket.Relayed:
                HandlePeer(relayed.Route, datagram.Slice(relayed.Offset, relayed.Length), now);
                break;
            case ServerPacket.Foreign when IsRelayOnly:
                // Nobody but a server may learn that somebody is here.
                DroppedDatagrams++;
                break;
            case ServerPacket.Foreign:
                HandlePeer(route, datagram, now);
                break;
        }

        Advance(now);
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (IsOver) return;
        _ice?.HandleTimeout(now);
        _servers.HandleTimeout(hasPath: SelectedPair is not null, now);
        _dtls.HandleTimeout(now);
        Channels.HandleTimeout(now);
        Advance(now);
    }

    /// <summary>Writes the next datagram; 0 when there is none.</summary>
    public int WriteDatagram(Span<byte> destination, out IceRoute route, MonotonicTime now)
    {
        IsProbe = false;
        // What permits a datagram goes before it.
        if (_servers.WritePacket(destination, out route) is > 0 and int control) return control;
        while (WriteUnwrapped(destination, out route, now) is > 0 and int length)
        {
            if (_servers.Seal(destination, length, ref route) is > 0 and int whole) return whole;
            UnsentDatagrams++;
        }

        return _servers.WritePacket(destination, out route);
    }

    /// <summary>Whether data from there would be accepted.</summary>
    public bool Accepts(IceRoute route) => _ice?.FindPair(route) is { IsValidated: true };

    public bool TryReadEvent(out ConnectionEvent result) => _events.TryDequeue(out result);

    /// <summary>Ends the connection once everything queued was delivered both ways. Without an encrypted path there is nothing to wait for.</summary>
    public void Shutdown(MonotonicTime now)
    {
        if (_dtls.State == DtlsState.Connected) Channels.Shutdown();
        else Close();
        Advance(now);
    }

    /// <summary>Ends the connection and tells the peer, and relays that they are not needed any more; drain <see cref="WriteFarewell"/> then.</summary>
    public void Close()
    {
        _isClosing = true;
        if (IsOver) return;
        Channels.Abort(ConnectionEnd.ByUs.Reason);
        Finish(ConnectionEnd.ByUs);
    }

    /// <summary>Writes what tells of the end; 0 when all is said.</summary>
    public int WriteFarewell(Span<byte> destination, out IceRoute route, MonotonicTime now)
    {
        route = default;
        if (!_isClosing) return 0;
        if (_ice?.SelectedRoute is { } selected && _dtls.State is DtlsState.Connected or DtlsState.Closed)
        {
            route = selected;
            Span<byte> inner = destination[_servers.GetOverhead(selected)..];
            int length = WriteSealed(inner, now);
            if (length == 0 && _dtls.State == DtlsState.Connected) _dtls.Close();
            if (length == 0) length = _dtls.WriteDatagram(inner, now);
            if (length > 0 && _servers.Seal(destination, length, ref route) is > 0 and int whole) return whole;
        }

        _servers.Close(now);
        return _servers.WritePacket(destination, out route);
    }

    // At the place that leaves room for what a relay needs.
    private int WriteUnwrapped(Span<byte> destination, out IceRoute route, MonotonicTime now)
    {
        route = default;
        int length = _ice is null ? 0 : _ice.WritePacket(destination, out route);
        if (length > 0)
        {
            int overhead = _servers.GetOverhead(route);
            if (overhead > 0) destination[..length].CopyTo(destination[overhead..]);
            return length;
        }

        if (_ice?.SelectedRoute is not { } selected)
        {
            // Channels can be closed already.
            Advance(now);
            return 0;
        }

        if (_route != selected)
        {
            _route = selected;
            Channels.Association.Path.Mtu.Restart();
        }

        // Through a relay no larger packets are tried for now: what it adds counts too, and its own way to the peer is out of sight.
        Channels.Association.Path.Mtu.MayGrow = !SelectedPair!.IsRelayed;
        route = selected;
        Span<byte> inner = destination[_servers.GetOverhead(selected)..];
        length = _dtls.WriteDatagram(inner, now);
        // The handshake may have ended while its last words were fetched: SCTP has something to say from here on, and must say it in this very drain.
        if (length == 0 && _dtls.State == DtlsState.Connected && Channels.Association.State == SctpState.New) Advance(now);
        if (length == 0) length = WriteSealed(inner, now);
        if (length > 0) Counters.CountSent(SelectedPair!, length);
        else Advance(now);
        return length;
    }

    private void HandlePeer(IceRoute route, ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        if (StunMessage.LooksLikeStun(datagram))
        {
            _ice!.HandlePacket(route.SocketId, route.Remote, datagram, now);
        }
        else if (DtlsRecordHeader.LooksLikeDtls(datagram) && _ice!.FindPair(route) is { IsValidated: true } pair)
        {
            Counters.CountReceived(pair, datagram.Length);
            _dtls.HandleDatagram(datagram, now);
        }
        else
        {
            DroppedDatagrams++;
        }
    }

    // Where it is written it is sealed.
    private int WriteSealed(Span<byte> destination, MonotonicTime now)
    {
        if (_dtls.State != DtlsState.Connected) return 0;
        Span<byte> packet = destination[DtlsRecordLayer.PayloadOffset..^(DtlsRecordLayer.Overhead - DtlsRecordLayer.PayloadOffset)];
        int length = Channels.WritePacket(packet, now);
        IsProbe = Channels.Association.Path.Mtu.HasAsked;
        return length > 0 ? _dtls.Seal(packet[..length], destination) : 0;
    }

    public void Dispose()
    {
        _dtls.Dispose();
        _servers.Dispose();
    }

    private IceAgent BeginIce(bool isControlling)
    {
        if (_ice is not null) throw new InvalidOperationException("The negotiation has begun already; renegotiation is not supported.");
        _ice = new IceAgent(new IceAgentOptions { IsControlling = isControlling, SearchFor = PathTimeout, ConsentTimeout = ConsentTimeout, HidesPrivateAddresses = HidesPrivateAddresses }, _random);
        return _ice;
    }

    /// <summary>Carries what one core has to say to the next, until all are silent.</summary>
    private void Advance(MonotonicTime now)
    {
        if (_ice is not null) _servers.Advance(_ice, now);
        while (_ice is not null && _ice.TryReadEvent(out IceEvent e)) HandleIce(e, now);
        while (_servers.TryTakeCredentialRequest(out int server)) _events.Enqueue(new ConnectionEvent(ConnectionEventKind.CredentialsRefused, Server: server));
        if (IsOver) return;
        // An association that needs no handshake is up before the first of its packets is read.
        if (Handshake.Agreed is not null && Channels.Association.State == SctpState.New && _dtls.TryReadEvent(out DtlsEvent first)) HandleDtls(first, now);
        while (_dtls.TryReadApplicationData(now, out ReadOnlySpan<byte> packet)) Channels.HandlePacket(packet, now);
        while (_dtls.TryReadEvent(out DtlsEvent e)) HandleDtls(e, now);
        while (_dtls.TryReadApplicationData(now, out ReadOnlySpan<byte> packet)) Channels.HandlePacket(packet, now);
        while (!IsOver && Channels.TryReadEvent(out DataChannelEvent e)) HandleChannels(e);
        UpdateState();
    }

    private void HandleIce(IceEvent e, MonotonicTime now)
    {
        switch (e.Kind)
        {
            case IceEventKind.LocalCandidate:
                _events.Enqueue(new ConnectionEvent(ConnectionEventKind.LocalCandidate, e.Line));
                break;
            case IceEventKind.GatheringComplete:
                _events.Enqueue(new ConnectionEvent(ConnectionEventKind.GatheringComplete));
                break;
            case IceEventKind.SelectedPairChanged when SelectedPair is { } pair:
                _servers.Bind(pair.Route, now);
                break;
            case IceEventKind.StateChanged when (e.State == IceState.Completed || (e.State == IceState.Connected && !_ice!.AwaitsNomination)) && _dtls.State == DtlsState.New:
                _dtls.Start(IsDtlsClient, _negotiation.Remote!.Fingerprint.Span, now);
                break;
            case IceEventKind.StateChanged when e.State == IceState.Disconnected:
                _servers.Doubt(now);
                break;
            case IceEventKind.StateChanged when e.State == IceState.Failed:
                if (Channels.Association.State == SctpState.ShutdownAckSent) Finish(ConnectionEnd.ByPeer);
                else Finish(SelectedPair is not null ? ConnectionEnd.NoConsent(ConsentTimeout) : ConnectionEnd.NoPath(PathTimeout, _servers.Describe()));
                break;
        }
    }

    private void HandleDtls(DtlsEvent e, MonotonicTime now)
    {
        if (e.Kind == DtlsEventKind.Connected) Channels.Connect(IsDtlsClient, _negotiation.Remote!.MaxMessageSize, _negotiation.Remote.RemoteSctpPort, now);
        else Finish(ConnectionEnd.Of(e));
    }

    private void HandleChannels(DataChannelEvent e)
    {
        if (e.Kind == DataChannelEventKind.Disconnected) Finish(ConnectionEnd.Of(e));
        else _events.Enqueue(new ConnectionEvent(ConnectionEventKind.Channel, Channel: e));
    }

    private void UpdateState()
    {
        PeerConnectionState state = End?.State ?? ConnectionStates.Of(_ice?.State, _dtls.State);
        if (state == State) return;
        State = state;
        _events.Enqueue(new ConnectionEvent(ConnectionEventKind.StateChanged, State: state));
    }

    private void Finish(ConnectionEnd end)
    {
        if (IsOver) return;
        End = end;
        _finalExplanation = ConnectionExplainer.Explain(this);
        while (Channels.TryReadEvent(out DataChannelEvent e)) _events.Enqueue(new ConnectionEvent(ConnectionEventKind.Channel, Channel: e));
        State = end.State;
        _events.Enqueue(new ConnectionEvent(ConnectionEventKind.StateChanged, end.Reason, end.State, end.Code, Cause: end.Cause));
    }
}
