using BerOfChat.Primitives;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Sdp;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Connection;

/// <summary>One connection: finds a path, encrypts it, carries data channels over it. Composes the cores, and is one itself.</summary>
/// <remarks>DTLS is accepted only from where an authenticated check came, and data only when the certificate is the one of the description.</remarks>
internal sealed class PeerConnectionCore(IRandomSource random, IDtlsHandshake handshake, ReadOnlyMemory<byte> localFingerprint, int maxMessageSize = DataChannelEndpoint.DefaultMaxIncomingMessage, SctpExtensions? extensions = null) : IDisposable
{
    /// <summary>No datagram of ours is larger.</summary>
    public const int LargestDatagramSize = SctpLimits.LargestPacketSize + DtlsRecordLayer.Overhead;

    /// <summary>Checks and handshakes are no larger.</summary>
    private const int MaxPlainDatagramSize = 1280;

    private const int MaxEarlyCandidates = 100;

    private readonly DtlsEndpoint _dtls = new(handshake);
    private readonly Queue<ConnectionEvent> _events = [];
    private readonly List<string> _earlyCandidates = [];
    private IceAgent? _ice;
    private SdpDocument? _remote;
    private IceRoute _route;
    private bool _isDtlsClient;
    private bool _isOver;
    private bool _isClosing;

    public DataChannelEndpoint Channels { get; } = new(random, maxMessageSize, extensions);

    public PeerConnectionState State { get; private set; }

    /// <summary>How long a path is looked for; see <see cref="PeerConnectionOptions.PathTimeout"/>.</summary>
    public TimeSpan PathTimeout { get; init; } = IceAgentOptions.DefaultFailedAfter;

    /// <summary>How long the peer may leave every question unanswered; see <see cref="PeerConnectionOptions.ConsentTimeout"/>.</summary>
    public TimeSpan ConsentTimeout { get; init; } = IceAgentOptions.DefaultFailedAfter;

    /// <summary>Whether descriptions carry what the SCTP handshake would say; see <see cref="PeerConnectionOptions.UseSnap"/>.</summary>
    public bool UseSnap { get; init; }

    /// <summary>Datagrams of DTLS and their bytes, without checks.</summary>
    public long PacketsSent { get; private set; }

    public long PacketsReceived { get; private set; }

    public long BytesSent { get; private set; }

    public long BytesReceived { get; private set; }

    /// <summary>Datagrams that belong to nothing here.</summary>
    public long DroppedDatagrams { get; private set; }

    public ReadOnlyMemory<byte> LocalFingerprint => localFingerprint;

    public ReadOnlyMemory<byte> RemoteFingerprint => _dtls.RemoteCertificateSha256;

    public string? CipherSuite => _dtls.CipherSuite;

    /// <summary>How large the next datagram may be. Now and then there has to be room for the largest, or the path is not asked how much it carries.</summary>
    public int NextDatagramSize => Math.Max(MaxPlainDatagramSize, Channels.Association.NextPacketSize + DtlsRecordLayer.Overhead);

    /// <summary>Whether the datagram written last asks how large datagrams may be: it must leave alone and not be cut on its way.</summary>
    public bool IsProbe { get; private set; }

    public IceCandidatePair? SelectedPair => _ice?.SelectedPair;

    public IceAgent? Ice => _ice;

    public DtlsState DtlsState => _dtls.State;

    public bool IsDtlsClient => _isDtlsClient;

    public MonotonicTime? NextTimeout => _isOver ? null : MonotonicTime.Earliest(_ice?.NextTimeout, MonotonicTime.Earliest(_dtls.NextTimeout, Channels.NextTimeout));

    private SctpHandshake Handshake => Channels.Association.Handshake;

    /// <summary>Begins as the offerer.</summary>
    public SdpDocument CreateOffer()
    {
        IceAgent ice = BeginIce(isControlling: true);
        return new SdpDocument
        {
            UserFragment = ice.LocalCredentials.UserFragment,
            Password = ice.LocalCredentials.Password,
            Fingerprint = localFingerprint,
            Setup = SdpSetup.ActPass,
            MaxMessageSize = maxMessageSize,
            SessionId = random.NextUInt64() >> 2,
            SctpInit = UseSnap ? Handshake.WriteInitForDescription() : default,
        };
    }

    /// <summary>Answers the offer set before.</summary>
    public SdpDocument CreateAnswer()
    {
        if (_remote is null || _ice is null) throw new InvalidOperationException("Set the offer before you answer it.");
        SdpDocument answer = _remote.Answer(_ice.LocalCredentials.UserFragment, _ice.LocalCredentials.Password, localFingerprint, random.NextUInt64() >> 2) with
        {
            MaxMessageSize = maxMessageSize,
            SctpInit = Handshake.Agreed is null ? default : Handshake.WriteInitForDescription(),
        };
        _isDtlsClient = answer.Setup == SdpSetup.Active;
        return answer;
    }

    /// <summary>Takes the peer's description.</summary>
    public void SetRemote(SdpDocument remote, bool isOffer, MonotonicTime now)
    {
        if (_remote is not null) throw new InvalidOperationException("The peer's description is already set; renegotiation is not supported.");
        IceAgent ice = isOffer ? BeginIce(isControlling: false) : _ice ?? throw new InvalidOperationException("An answer came before the offer was made.");
        if (!IceCredentials.TryCreate(remote.UserFragment, remote.Password, out IceCredentials? credentials))
            throw new WebRtcException(WebRtcErrorCode.InvalidDescription, "The ICE credentials of the description are too short, too long, or of wrong characters.");
        _remote = remote;
        if (UseSnap) Handshake.TryAgree(remote.SctpInit.Span);
        // The one who answers "active" is the client; an offer leaves the choice to us, and we are the client then.
        _isDtlsClient = isOffer ? remote.Setup != SdpSetup.Active : remote.Setup == SdpSetup.Passive;
        ice.SetRemoteCredentials(credentials!, now);
        foreach (string candidate in remote.Candidates) ice.TryAddRemoteCandidate(candidate, now);
        foreach (string candidate in _earlyCandidates) ice.TryAddRemoteCandidate(candidate, now);
        _earlyCandidates.Clear();
        Advance(now);
    }

    public void AddLocalAddress(int socketId, TransportAddress address, MonotonicTime now)
    {
        _ice!.AddLocalHostCandidate(socketId, address, now);
        Advance(now);
    }

    public void EndOfLocalAddresses(MonotonicTime now)
    {
        _ice!.EndOfLocalCandidates();
        Advance(now);
    }

    /// <summary>Adds a candidate of the peer, also before its description. False when it cannot be read.</summary>
    public bool TryAddRemoteCandidate(string line, MonotonicTime now)
    {
        if (line.Length == 0) return true;
        if (_remote is null)
        {
            if (_earlyCandidates.Count < MaxEarlyCandidates) _earlyCandidates.Add(line);
            return true;
        }

        bool added = _ice!.TryAddRemoteCandidate(line, now);
        Advance(now);
        return added;
    }

    public void HandleDatagram(int socketId, TransportAddress source, ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        if (_isOver || _ice is null) return;
        if (StunMessage.LooksLikeStun(datagram))
        {
            _ice.HandlePacket(socketId, source, datagram, now);
        }
        else if (DtlsRecordHeader.LooksLikeDtls(datagram) && _ice.FindPair(new IceRoute(socketId, source)) is { IsValidated: true } pair)
        {
            pair.Counters.PacketsReceived++;
            pair.Counters.BytesReceived += datagram.Length;
            PacketsReceived++;
            BytesReceived += datagram.Length;
            _dtls.HandleDatagram(datagram, now);
        }
        else
        {
            DroppedDatagrams++;
        }

        Advance(now);
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (_isOver) return;
        _ice?.HandleTimeout(now);
        _dtls.HandleTimeout(now);
        Channels.HandleTimeout(now);
        Advance(now);
    }

    /// <summary>Writes the next datagram; 0 when there is none.</summary>
    public int WriteDatagram(Span<byte> destination, out IceRoute route, MonotonicTime now)
    {
        route = default;
        IsProbe = false;
        int length = _ice is null ? 0 : _ice.WritePacket(destination, out route);
        if (length > 0) return length;
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

        route = selected;
        length = _dtls.WriteDatagram(destination, now);
        // The handshake may have ended while its last words were fetched: SCTP has something to say from here on, and must say it in this very drain.
        if (length == 0 && _dtls.State == DtlsState.Connected && Channels.Association.State == SctpState.New) Advance(now);
        if (length == 0) length = WriteSealed(destination, now);

        if (length == 0)
        {
            Advance(now);
            return 0;
        }

        CountSent(length);
        return length;
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

    /// <summary>Ends the connection and tells the peer; drain <see cref="WriteFarewell"/> then.</summary>
    public void Close()
    {
        _isClosing = true;
        if (_isOver) return;
        Channels.Abort("The connection was closed.");
        Finish(PeerConnectionState.Closed, WebRtcErrorCode.Closed, "The connection was closed.");
    }

    /// <summary>Writes what tells the peer of the end; 0 when all is said.</summary>
    public int WriteFarewell(Span<byte> destination, out IceRoute route, MonotonicTime now)
    {
        route = _ice?.SelectedRoute ?? default;
        if (!_isClosing || _ice?.SelectedRoute is null || _dtls.State is not (DtlsState.Connected or DtlsState.Closed)) return 0;
        if (WriteSealed(destination, now) is > 0 and int length) return length;
        if (_dtls.State == DtlsState.Connected) _dtls.Close();
        return _dtls.WriteDatagram(destination, now);
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

    private void CountSent(int length)
    {
        PacketsSent++;
        BytesSent += length;
        IcePairCounters counters = _ice!.SelectedPair!.Counters;
        counters.PacketsSent++;
        counters.BytesSent += length;
    }

    public void Dispose() => _dtls.Dispose();

    private IceAgent BeginIce(bool isControlling)
    {
        if (_ice is not null) throw new InvalidOperationException("The negotiation has begun already; renegotiation is not supported.");
        _ice = new IceAgent(new IceAgentOptions { IsControlling = isControlling, SearchFor = PathTimeout, ConsentTimeout = ConsentTimeout }, random);
        return _ice;
    }

    /// <summary>Carries what one core has to say to the next, until all are silent.</summary>
    private void Advance(MonotonicTime now)
    {
        while (_ice is not null && _ice.TryReadEvent(out IceEvent e)) HandleIce(e, now);
        if (_isOver) return;
        // An association that needs no handshake is up before the first of its packets is read.
        if (Handshake.Agreed is not null && Channels.Association.State == SctpState.New && _dtls.TryReadEvent(out DtlsEvent first)) HandleDtls(first, now);
        while (_dtls.TryReadApplicationData(now, out ReadOnlySpan<byte> packet)) Channels.HandlePacket(packet, now);
        while (_dtls.TryReadEvent(out DtlsEvent e)) HandleDtls(e, now);
        while (_dtls.TryReadApplicationData(now, out ReadOnlySpan<byte> packet)) Channels.HandlePacket(packet, now);
        while (!_isOver && Channels.TryReadEvent(out DataChannelEvent e)) HandleChannels(e);
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
            case IceEventKind.StateChanged when (e.State == IceState.Completed || (e.State == IceState.Connected && !_ice!.AwaitsNomination)) && _dtls.State == DtlsState.New:
                _dtls.Start(_isDtlsClient, _remote!.Fingerprint.Span, now);
                break;
            case IceEventKind.StateChanged when e.State == IceState.Failed:
                if (Channels.Association.State == SctpState.ShutdownAckSent) Finish(PeerConnectionState.Closed, WebRtcErrorCode.Closed, "The peer has closed the connection.");
                else if (_ice!.SelectedPair is not null) Finish(PeerConnectionState.Failed, WebRtcErrorCode.ConsentExpired, $"Consent has expired: the peer has not answered on any path for {ConsentTimeout.TotalSeconds:0} seconds.");
                else Finish(PeerConnectionState.Failed, WebRtcErrorCode.NoPath, $"No pair of candidates answered within {PathTimeout.TotalSeconds:0} seconds. Only direct paths were tried: both devices must reach each other by UDP.");
                break;
        }
    }

    private void HandleDtls(DtlsEvent e, MonotonicTime now)
    {
        switch (e.Kind)
        {
            case DtlsEventKind.Connected:
                Channels.Connect(_isDtlsClient, _remote!.MaxMessageSize, _remote.RemoteSctpPort, now);
                break;
            case DtlsEventKind.Closed:
                Finish(PeerConnectionState.Closed, WebRtcErrorCode.Closed, "The peer has closed the connection.");
                break;
            case DtlsEventKind.Failed when !e.IsRefusal:
                Finish(PeerConnectionState.Failed, WebRtcErrorCode.ConnectionLost, e.Reason);
                break;
            default:
                Finish(PeerConnectionState.Failed, WebRtcErrorCode.HandshakeFailed, e.Reason);
                break;
        }
    }

    private void HandleChannels(DataChannelEvent e)
    {
        if (e.Kind != DataChannelEventKind.Disconnected)
        {
            _events.Enqueue(new ConnectionEvent(ConnectionEventKind.Channel, Channel: e));
            return;
        }

        switch (e.End)
        {
            case SctpEnd.Unreachable:
                Finish(PeerConnectionState.Failed, WebRtcErrorCode.ConnectionLost, e.Reason);
                break;
            case SctpEnd.ProtocolFailure:
            case SctpEnd.AbortedByPeer when e.Cause is not (null or SctpCauseCode.UserInitiatedAbort):
                Finish(PeerConnectionState.Failed, WebRtcErrorCode.SctpFailure, e.Reason, e.Cause);
                break;
            default:
                Finish(PeerConnectionState.Closed, WebRtcErrorCode.Closed, e.Reason, e.Cause);
                break;
        }
    }

    private void UpdateState()
    {
        if (_isOver) return;
        PeerConnectionState state = (_ice?.State, _dtls.State) switch
        {
            (null or IceState.New, _) => PeerConnectionState.New,
            (IceState.Disconnected, _) => PeerConnectionState.Disconnected,
            (IceState.Connected or IceState.Completed, DtlsState.Connected) => PeerConnectionState.Connected,
            _ => PeerConnectionState.Connecting,
        };
        if (state != State) Report(state, 0, "");
    }

    private void Finish(PeerConnectionState state, WebRtcErrorCode code, string reason, SctpCauseCode? cause = null)
    {
        if (_isOver) return;
        _isOver = true;
        while (Channels.TryReadEvent(out DataChannelEvent e)) _events.Enqueue(new ConnectionEvent(ConnectionEventKind.Channel, Channel: e));
        Report(state, code, reason, cause);
    }

    private void Report(PeerConnectionState state, WebRtcErrorCode code, string reason, SctpCauseCode? cause = null)
    {
        State = state;
        _events.Enqueue(new ConnectionEvent(ConnectionEventKind.StateChanged, reason, state, code, Cause: cause));
    }
}
