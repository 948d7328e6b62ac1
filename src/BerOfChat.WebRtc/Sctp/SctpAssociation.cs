using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>An SCTP association inside a DTLS connection (RFC 9260 as profiled by RFC 8831): handshake, control chunks, and the two halves that carry data.</summary>
/// <remarks>Both sides send INIT as soon as DTLS is up, so the collision of two handshakes is the normal case. Tag and first TSN are chosen once; whichever handshake ends first is the one. There is no limit of retransmissions: ICE's consent decides when a connection is dead.</remarks>
internal sealed class SctpAssociation
{
    private readonly byte[] _cookieKey = new byte[StateCookie.KeySize];
    private readonly Queue<(ChunkType Type, byte Flags, byte[] Value)> _control = [];
    private readonly Queue<SctpEvent> _events = [];
    private readonly DeadlineTable<Timer> _timers = new();
    private readonly uint _localTag;
    private readonly uint _localInitialTsn;
    private readonly StreamResets _resets;
    private readonly List<ushort> _closing = [];
    private SctpReceiver? _receiver;
    private uint _peerTag;
    private bool _peerSupportsReConfig;
    private byte[] _cookie = [];
    private byte[]? _initAck;
    private uint _initAckTag;
    private bool _sendInit;
    private bool _sendCookieEcho;
    private bool _sendReset;
    private TimeSpan _handshakeRto = SctpLimits.InitialRto;

    public SctpAssociation(IRandomSource random)
    {
        random.Fill(_cookieKey);
        do _localTag = random.NextUInt32();
        while (_localTag == 0);
        _localInitialTsn = random.NextUInt32();
        Sender = new SctpSender(_localInitialTsn);
        _resets = new StreamResets(_localInitialTsn);
    }

    private enum Timer
    {
        Handshake,
        Reset,
    }

    public SctpState State { get; private set; }

    public SctpSender Sender { get; }

    /// <summary>Packets dropped because they were malformed, or not of this association.</summary>
    public long DroppedPackets { get; private set; }

    public MonotonicTime? NextTimeout => State is SctpState.Closed or SctpState.New
        ? null
        : MonotonicTime.Earliest(_timers.Next, MonotonicTime.Earliest(State == SctpState.Established ? Sender.NextTimeout : null, _receiver?.NextTimeout));

    /// <summary>DTLS is up: begins the handshake.</summary>
    public void Connect(MonotonicTime now)
    {
        if (State != SctpState.New) throw new InvalidOperationException("The association has begun already.");
        State = SctpState.CookieWait;
        _sendInit = true;
        _timers.Set(Timer.Handshake, now + _handshakeRto);
    }

    public void Send(OutgoingMessage message) => Sender.Queue.Add(message);

    /// <summary>Resets our side of a stream as soon as everything queued on it was sent.</summary>
    public void ResetStream(ushort id)
    {
        if (!_closing.Contains(id)) _closing.Add(id);
    }

    /// <summary>Ends the association; the peer is told by one ABORT.</summary>
    public void Abort(string reason)
    {
        if (State is SctpState.Closed) return;
        bool tellPeer = State is SctpState.Established or SctpState.CookieEchoed;
        Close(reason);
        // User-initiated abort (cause 12) without a text.
        if (tellPeer) _control.Enqueue((ChunkType.Abort, 0, [0, 12, 0, 4]));
    }

    public void HandlePacket(ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        if (State is SctpState.Closed or SctpState.New) return;
        if (!SctpPacket.TryParse(packet, out uint tag, out ReadOnlySpan<byte> chunks))
        {
            DroppedPackets++;
            return;
        }

        ChunkReader reader = new(chunks);
        while (reader.TryRead(out Chunk chunk))
        {
            if (!IsTagRight(chunk, tag))
            {
                DroppedPackets++;
                return;
            }

            if (!HandleChunk(chunk, tag, now) || State == SctpState.Closed) break;
        }

        if (State == SctpState.Closed || _receiver is null) return;
        _resets.PerformDeferred(_receiver.Tsns, OnIncomingReset, QueueReConfig);
        _receiver.EndOfPacket(now);
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (State is SctpState.Closed or SctpState.New) return;
        if (_timers.TryExpire(Timer.Handshake, now)) RepeatHandshake(now);
        if (_timers.TryExpire(Timer.Reset, now)) _sendReset = true;
        if (State == SctpState.Established) Sender.HandleTimeout(now);
        _receiver?.HandleTimeout(now);
    }

    /// <summary>Writes the next packet into a buffer of at least <see cref="SctpLimits.MaxPacketSize"/>; 0 when there is none.</summary>
    public int WritePacket(Span<byte> destination, MonotonicTime now)
    {
        destination = destination[..SctpLimits.MaxPacketSize];
        if (_sendInit) return WriteInit(destination);
        if (_initAck is { } initAck) return WriteInitAck(destination, initAck);
        if (_peerTag == 0) return 0;

        PacketWriter writer = new(destination, _peerTag);
        bool mayCarryData = State == SctpState.Established;
        if (_sendCookieEcho)
        {
            _sendCookieEcho = false;
            mayCarryData = true;
            writer.WriteChunk(ChunkType.CookieEcho, 0, _cookie);
        }

        while (_control.TryPeek(out (ChunkType Type, byte Flags, byte[] Value) control) && ChunkReader.Padded(control.Value.Length + ChunkReader.HeaderSize) <= writer.Remaining)
        {
            _control.Dequeue();
            writer.WriteChunk(control.Type, control.Flags, control.Value);
        }

        if (State != SctpState.Closed)
        {
            if (State == SctpState.Established) _receiver?.WriteSack(ref writer);
            if (mayCarryData) Sender.WriteData(ref writer, now);
            if (State == SctpState.Established) WriteReset(ref writer, now);
        }

        return writer.IsEmpty ? 0 : writer.Finish();
    }

    public bool TryReadMessage(out SctpMessage message)
    {
        message = default;
        return _receiver is not null && _receiver.TryRead(out message);
    }

    public void Consume(int charge) => _receiver?.Consume(charge);

    public bool TryReadEvent(out SctpEvent result) => _events.TryDequeue(out result);

    private bool IsTagRight(Chunk chunk, uint tag) => chunk.Type switch
    {
        ChunkType.Init => tag == 0,
        // The T bit says that the tag is reflected: it is the one of the peer itself.
        ChunkType.Abort or ChunkType.ShutdownComplete => tag == ((chunk.Flags & 1) != 0 ? _peerTag : _localTag),
        _ => tag == _localTag,
    };

    /// <summary>Handles one chunk; false when the rest of the packet is not to be looked at.</summary>
    private bool HandleChunk(Chunk chunk, uint tag, MonotonicTime now)
    {
        switch (chunk.Type)
        {
            case ChunkType.Data:
                if (_receiver is not null && DataChunk.TryParse(chunk, out DataChunk data) && !_receiver.TryHandle(data)) Abort("The peer has sent beyond the receive window.");
                return true;
            case ChunkType.Sack:
                if (State == SctpState.Established && SackChunk.TryParse(chunk, out SackChunk sack)) Sender.HandleSack(sack, now);
                return true;
            case ChunkType.Init:
                HandleInit(chunk, now);
                return false;
            case ChunkType.InitAck:
                HandleInitAck(chunk, now);
                return false;
            case ChunkType.CookieEcho:
                HandleCookieEcho(chunk, tag, now);
                return true;
            case ChunkType.CookieAck:
                if (State == SctpState.CookieEchoed) Establish();
                return true;
            case ChunkType.Heartbeat:
                if (chunk.Whole.Length <= SctpLimits.MaxEchoedChunkSize) QueueControl(ChunkType.HeartbeatAck, chunk.Value.ToArray());
                return true;
            case ChunkType.ForwardTsn:
                _receiver?.HandleForwardTsn(chunk.Value);
                return true;
            case ChunkType.ReConfig:
                HandleReConfig(chunk);
                return true;
            case ChunkType.Abort:
                Close("The peer has ended the connection.");
                return false;
            case ChunkType.Shutdown or ChunkType.ShutdownAck:
                Close("The peer has ended the connection.");
                QueueControl(chunk.Type == ChunkType.Shutdown ? ChunkType.ShutdownAck : ChunkType.ShutdownComplete, []);
                return false;
            default:
                // The highest bit of an unknown type says whether what follows may be read (RFC 9260 section 3.2).
                return Enum.IsDefined(chunk.Type) || ((byte)chunk.Type & 0x80) != 0;
        }
    }

    private void HandleInit(Chunk chunk, MonotonicTime now)
    {
        if (!InitChunk.TryParse(chunk, out InitChunk init)) return;
        byte[] cookie = new byte[StateCookie.Size];
        new StateCookie
        {
            LocalTag = _localTag,
            PeerTag = init.InitiateTag,
            PeerInitialTsn = init.InitialTsn,
            PeerReceiveWindow = init.ReceiveWindow,
            PeerSupportsForwardTsn = init.SupportsForwardTsn,
            PeerSupportsReConfig = init.SupportsReConfig,
            Created = now,
        }.Write(_cookieKey, cookie);
        _initAck = cookie;
        _initAckTag = init.InitiateTag;
    }

    private void HandleInitAck(Chunk chunk, MonotonicTime now)
    {
        if (State != SctpState.CookieWait || !InitChunk.TryParse(chunk, out InitChunk init)) return;
        if (init.Cookie.IsEmpty || ChunkReader.HeaderSize + init.Cookie.Length > SctpLimits.MaxEchoedChunkSize) return;
        _cookie = init.Cookie.ToArray();
        SetPeer(init.InitiateTag, init.InitialTsn, init.ReceiveWindow, init.SupportsReConfig);
        State = SctpState.CookieEchoed;
        _sendInit = false;
        _sendCookieEcho = true;
        _handshakeRto = SctpLimits.InitialRto;
        _timers.Set(Timer.Handshake, now + _handshakeRto);
    }

    private void HandleCookieEcho(Chunk chunk, uint tag, MonotonicTime now)
    {
        if (!StateCookie.TryParse(_cookieKey, chunk.Value, out StateCookie cookie) || cookie.LocalTag != tag || now - cookie.Created > SctpLimits.CookieLifetime)
        {
            DroppedPackets++;
            return;
        }

        if (_peerTag != 0 && cookie.PeerTag != _peerTag)
        {
            // A new association inside the same DTLS connection: nothing that we know still holds.
            Abort("The peer has started anew.");
            return;
        }

        SetPeer(cookie.PeerTag, cookie.PeerInitialTsn, cookie.PeerReceiveWindow, cookie.PeerSupportsReConfig);
        QueueControl(ChunkType.CookieAck, []);
        if (State != SctpState.Established) Establish();
    }

    private void SetPeer(uint tag, uint initialTsn, uint window, bool supportsReConfig)
    {
        if (_receiver is not null) return;
        _peerTag = tag;
        _peerSupportsReConfig = supportsReConfig;
        _receiver = new SctpReceiver(initialTsn);
        _resets.SetPeerInitialTsn(initialTsn);
        Sender.SetPeerWindow(window);
    }

    private void Establish()
    {
        State = SctpState.Established;
        _sendInit = _sendCookieEcho = false;
        _timers.Stop(Timer.Handshake);
        _events.Enqueue(new SctpEvent(SctpEventKind.Connected));
    }

    private void RepeatHandshake(MonotonicTime now)
    {
        if (State == SctpState.CookieWait) _sendInit = true;
        else if (State == SctpState.CookieEchoed) _sendCookieEcho = true;
        else return;
        _handshakeRto = _handshakeRto * 2 < SctpLimits.MaxHandshakeRto ? _handshakeRto * 2 : SctpLimits.MaxHandshakeRto;
        _timers.Set(Timer.Handshake, now + _handshakeRto);
    }

    private void HandleReConfig(Chunk chunk)
    {
        if (_receiver is null || State != SctpState.Established || chunk.Whole.Length > SctpLimits.MaxEchoedChunkSize) return;
        _resets.Handle(chunk.Value, _receiver.Tsns, OnIncomingReset, OnOutgoingReset, QueueReConfig);
    }

    private void OnIncomingReset(ushort stream)
    {
        _receiver!.ResetStream(stream);
        _events.Enqueue(new SctpEvent(SctpEventKind.IncomingStreamReset, stream));
    }

    private void OnOutgoingReset(ushort stream)
    {
        _timers.Stop(Timer.Reset);
        Sender.Queue.Restart(stream);
        _events.Enqueue(new SctpEvent(SctpEventKind.OutgoingStreamReset, stream));
    }

    private void WriteReset(ref PacketWriter writer, MonotonicTime now)
    {
        for (int i = _closing.Count - 1; i >= 0; i--)
        {
            ushort stream = _closing[i];
            if (Sender.Queue.GetBufferedAmount(stream) > 0) continue;
            _closing.RemoveAt(i);
            Sender.Queue.Pause(stream);
            if (_peerSupportsReConfig) _resets.Want(stream);
            else OnOutgoingReset(stream);
        }

        if (_resets is { HasWanted: true, IsRequestPending: false }) _sendReset = true;
        if (!_sendReset || writer.Remaining < SctpLimits.MaxEchoedChunkSize) return;
        _sendReset = false;
        if (!_resets.IsRequestPending && !_resets.HasWanted) return;
        writer.WriteChunk(ChunkType.ReConfig, 0, _resets.WriteRequest(Sender.LastAssignedTsn));
        _timers.Set(Timer.Reset, now + Sender.Rto);
    }

    private int WriteInit(Span<byte> destination)
    {
        _sendInit = false;
        PacketWriter writer = new(destination, verificationTag: 0);
        OwnInit([]).Write(ref writer, ChunkType.Init);
        return writer.Finish();
    }

    private int WriteInitAck(Span<byte> destination, byte[] cookie)
    {
        _initAck = null;
        PacketWriter writer = new(destination, _initAckTag);
        OwnInit(cookie).Write(ref writer, ChunkType.InitAck);
        return writer.Finish();
    }

    private InitChunk OwnInit(ReadOnlySpan<byte> cookie) => new()
    {
        InitiateTag = _localTag,
        ReceiveWindow = SctpLimits.ReceiveWindow,
        OutboundStreams = SctpLimits.MaxStreams,
        InboundStreams = SctpLimits.MaxStreams,
        InitialTsn = _localInitialTsn,
        SupportsForwardTsn = true,
        SupportsReConfig = true,
        Cookie = cookie,
    };

    private void QueueReConfig(byte[] value) => QueueControl(ChunkType.ReConfig, value);

    private void QueueControl(ChunkType type, byte[] value)
    {
        if (_control.Count < SctpLimits.MaxPendingControlChunks) _control.Enqueue((type, 0, value));
    }

    private void Close(string reason)
    {
        State = SctpState.Closed;
        _control.Clear();
        _sendInit = _sendCookieEcho = _sendReset = false;
        _initAck = null;
        _events.Enqueue(new SctpEvent(SctpEventKind.Disconnected, Reason: reason));
    }
}

/// <summary>The states of an association.</summary>
internal enum SctpState
{
    New,
    CookieWait,
    CookieEchoed,
    Established,
    Closed,
}
