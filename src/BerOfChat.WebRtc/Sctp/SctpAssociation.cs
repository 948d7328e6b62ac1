using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>An SCTP association inside a DTLS connection (RFC 9260 as profiled by RFC 8831): its states, control chunks, and the two halves that carry data.</summary>
internal sealed class SctpAssociation
{
    private readonly ControlOutbox _control = new();
    private readonly Queue<SctpEvent> _events = [];
    private readonly StreamResets _resets;
    private readonly ShutdownTimer _shutdown = new();
    private SctpReceiver? _receiver;
    private PeerParameters _peer;
    private bool _mustShutDown;
    private bool _wasShutDown;

    public SctpAssociation(IRandomSource random, int receiveWindow, SctpExtensions extensions)
    {
        Handshake = new SctpHandshake(random, receiveWindow, extensions);
        Path = new PathMonitor(random);
        Sender = new SctpSender(Handshake.LocalInitialTsn);
        _resets = new StreamResets(Handshake.LocalInitialTsn, Sender, _control, _events);
    }

    public SctpState State { get; private set; }

    public SctpHandshake Handshake { get; }

    public SctpSender Sender { get; }

    public PathMonitor Path { get; }

    /// <summary>Everything of the peer up to this TSN has arrived, or was given up; null before the peer is known.</summary>
    public long? CumulativeReceived => _receiver?.Tsns.Cumulative;

    /// <summary>Free bytes of our receive window.</summary>
    public int ReceiveWindow => _receiver?.Window ?? Handshake.ReceiveWindow;

    /// <summary>How many streams both sides allow; ids are below.</summary>
    public int MaxStreams => _receiver is null ? SctpLimits.MaxStreams : Math.Min(SctpLimits.MaxStreams, _peer.InboundStreams);

    /// <summary>How large the next packet may be.</summary>
    public int NextPacketSize => Math.Max(Path.Mtu.PacketSize, Sender.LostPacketSize);

    /// <summary>Packets dropped because they were malformed, or not of this association.</summary>
    public long DroppedPackets { get; private set; }

    public MonotonicTime? NextTimeout
    {
        get
        {
            if (State is SctpState.Closed or SctpState.New) return null;
            MonotonicTime? next = MonotonicTime.Earliest(Handshake.NextTimeout, _receiver?.NextTimeout);
            if (!State.IsUp()) return next;
            next = MonotonicTime.Earliest(next, MonotonicTime.Earliest(Sender.NextTimeout, Path.NextTimeout));
            return MonotonicTime.Earliest(next, MonotonicTime.Earliest(_resets.NextTimeout, _shutdown.NextTimeout));
        }
    }

    /// <summary>DTLS is up: begins the handshake.</summary>
    /// <param name="remotePort">The port of the peer's description.</param>
    /// <param name="now">The time.</param>
    public void Connect(ushort remotePort, MonotonicTime now)
    {
        if (State != SctpState.New) throw new InvalidOperationException("The association has begun already.");
        State = SctpState.CookieWait;
        Handshake.Start(remotePort, now);
        if (Handshake.Agreed is not { } peer) return;
        // The descriptions have said what is to be said. A cookie would tell what the peer is; without one it is taken for a foreign one unless it can do what ours can.
        if (!peer.MayBeOurs) _resets.NoteForeignPeer();
        SetPeer(peer);
        Establish(now);
    }

    public void Send(in OutgoingMessage message) => Sender.Queue.Add(message);

    /// <summary>Resets our side of a stream as soon as everything queued on it was sent.</summary>
    public void ResetStream(ushort id) => _resets.Reset(id);

    /// <summary>Ends the association once everything queued was delivered both ways (RFC 9260 section 9.2). What is sent afterwards is not delivered.</summary>
    public void Shutdown()
    {
        if (State == SctpState.New) Close(SctpEnd.ShutDown, "The connection was closed.");
        // Before the association is up, what is queued cannot be delivered: the shutdown waits for it too.
        else if (State is SctpState.CookieWait or SctpState.CookieEchoed) _mustShutDown = true;
        else if (State == SctpState.Established) State = SctpState.ShutdownPending;
    }

    /// <summary>Ends the association at once; the peer is told by one ABORT.</summary>
    public void Abort(string reason) => Abort(SctpEnd.AbortedHere, SctpCauseCode.UserInitiatedAbort, reason);

    /// <summary>Ends the association because the peer has broken the protocol.</summary>
    public void AbortForViolation(string reason) => Fail(new Violation(SctpCauseCode.ProtocolViolation, reason));

    public void HandlePacket(ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        if (State == SctpState.New || (State == SctpState.Closed && !_wasShutDown)) return;
        if (!SctpPacket.TryParse(packet, Handshake.Extensions.ZeroChecksum, out uint tag, out ReadOnlySpan<byte> chunks))
        {
            DroppedPackets++;
            return;
        }

        ChunkReader reader = new(chunks);
        while (reader.TryRead(out Chunk chunk))
        {
            if (!Handshake.IsTagRight(chunk, tag, _peer.Tag))
            {
                DroppedPackets++;
                return;
            }

            if (State == SctpState.Closed)
            {
                // The peer has not seen our last word.
                if (chunk.Type == ChunkType.ShutdownAck) _control.AddPacket(_peer.Tag, Handshake.RemotePort, ChunkType.ShutdownComplete, []);
                return;
            }

            if (!HandleChunk(chunk, now)) break;
        }

        if (State == SctpState.Closed || _receiver is null) return;
        bool hadData = _receiver.EndOfPacket(Sender.SmoothedRtt, now);
        _resets.EndOfPacket(_receiver);
        // A peer that still sends while we wait for its SHUTDOWN ACK is told again where we stand (section 9.2).
        if (hadData && State == SctpState.ShutdownSent) _shutdown.SendNow();
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (State is SctpState.Closed or SctpState.New) return;
        _receiver?.HandleTimeout(now);
        if (!State.IsUp())
        {
            Handshake.HandleTimeout(State == SctpState.CookieEchoed, now);
            return;
        }

        if (Sender.HandleTimeout(now)) Path.NoteSilence(now);
        if (_shutdown.HandleTimeout(now)) Path.NoteSilence(now);
        Path.HandleTimeout(now, Sender.Rto);
        _resets.HandleTimeout(now);
        if (!Path.IsUnreachable) return;
        // Everything was delivered both ways: only the peer's last word is lost, and the peer itself is gone.
        if (State == SctpState.ShutdownAckSent) Close(SctpEnd.ShutDown, "The peer has closed the connection.");
        else Close(SctpEnd.Unreachable, "The peer has acknowledged nothing for too long.");
    }

    /// <summary>Writes the next packet into a buffer of at least <see cref="NextPacketSize"/>, and of <see cref="SctpLimits.LargestPacketSize"/> now and then; 0 when there is none.</summary>
    public int WritePacket(Span<byte> destination, MonotonicTime now)
    {
        long queued = State == SctpState.Established ? Sender.Queue.BufferedAmount : 0;
        Path.Mtu.TakesLargeRecords = _peer.MayBeOurs && !_resets.IsPeerForeign;
        if (Path.Mtu.WriteProbe(destination, _peer.Tag, Handshake.RemotePort, queued, Sender.Rto, now) is > 0 and int probe) return probe;
        destination = destination[..NextPacketSize];
        if (_control.TakePacket(destination) is > 0 and int reply) return reply;
        if (Handshake.WriteInit(destination, now) is > 0 and int length) return length;
        if (_receiver is null) return 0;

        PacketWriter writer = new(destination, _peer.Tag, Handshake.RemotePort);
        bool echoes = Handshake.MustSendCookieEcho;
        if (echoes) Handshake.WriteCookieEcho(ref writer);
        _control.Write(ref writer);
        if (State.IsUp())
        {
            // Data comes last (section 6.10): usrsctp ends the association when a control chunk follows it.
            _receiver.WriteSack(ref writer, leavesAnyway: State.SendsData() && Sender.IsReady(now));
            if (State.SendsData()) _resets.Write(ref writer, _peer.SupportsReConfig, now);
            if (State.SendsData()) Sender.GiveUp(ref writer, now);
            Path.Write(ref writer, now);
            GoOnShuttingDown();
            _shutdown.Write(ref writer, State, _receiver.Tsns, Sender.Rto, now);
            if (State.SendsData() && Sender.WriteData(ref writer, now)) Path.NoteUse(now);
        }
        else if (echoes)
        {
            // One packet of data may ride behind the cookie.
            Sender.WriteData(ref writer, now);
        }

        if (writer.IsEmpty) return 0;
        return _peer.AcceptsZeroChecksum && !echoes ? writer.FinishWithoutChecksum() : writer.Finish();
    }

    public bool TryReadMessage(out SctpMessage message)
    {
        message = default;
        return _receiver is not null && _receiver.TryRead(out message);
    }

    public void Consume(int charge) => _receiver?.Consume(charge);

    public bool TryReadEvent(out SctpEvent result) => _events.TryDequeue(out result);

    /// <summary>Handles one chunk; false when the rest of the packet is not to be looked at.</summary>
    private bool HandleChunk(Chunk chunk, MonotonicTime now)
    {
        switch (chunk.Type)
        {
            case ChunkType.Data or ChunkType.IData:
                if (State.AcceptsData() && _receiver is not null) HandleData(chunk);
                return true;
            case ChunkType.Sack:
                if (State.IsUp() && SackChunk.TryParse(chunk, out SackChunk sack) && Sender.HandleSack(sack, now)) Path.NoteAnswer();
                return true;
            case ChunkType.Init:
                HandleInit(chunk, now);
                return false;
            case ChunkType.InitAck:
                HandleInitAck(chunk, now);
                return false;
            case ChunkType.CookieEcho:
                HandleCookieEcho(chunk, now);
                return true;
            case ChunkType.CookieAck:
                if (State == SctpState.CookieEchoed) Establish(now);
                return true;
            case ChunkType.Heartbeat:
                if (chunk.Whole.Length <= SctpLimits.MaxEchoedChunkSize) _control.Add(ChunkType.HeartbeatAck, chunk.Value.ToArray());
                return true;
            case ChunkType.HeartbeatAck:
                if (Path.TryHandleAck(chunk.Value, now, Sender.Rto, out TimeSpan roundTrip)) Sender.ObserveRoundTrip(roundTrip);
                return true;
            case ChunkType.ForwardTsn or ChunkType.IForwardTsn:
                if (State.AcceptsData() && _receiver?.TryHandleForwardTsn(chunk) == false) Fail(Violation.MixedForms);
                return true;
            case ChunkType.ReConfig:
                if (State.IsUp() && _receiver is not null) _resets.Handle(chunk, _receiver);
                return true;
            case ChunkType.Error:
                HandleError(chunk, now);
                return true;
            case ChunkType.Abort:
                HandleAbort(chunk);
                return false;
            case ChunkType.Shutdown:
                HandleShutdown(chunk, now);
                return true;
            case ChunkType.ShutdownAck:
                HandleShutdownAck();
                return false;
            case ChunkType.ShutdownComplete:
                if (State == SctpState.ShutdownAckSent) Close(SctpEnd.ShutDown, "The peer has closed the connection.");
                return false;
            case ChunkType.Pad:
                return true;
            default:
                // Section 3.2: the highest bit of an unknown type says whether what follows may be read, the next one whether to report it.
                if (((byte)chunk.Type & 0x40) != 0) _control.Add(ChunkType.Error, ErrorCause.Write(SctpCauseCode.UnrecognizedChunkType, chunk.Whole));
                return ((byte)chunk.Type & 0x80) != 0;
        }
    }

    private void HandleData(Chunk chunk)
    {
        DataVerdict verdict = _receiver!.Handle(chunk);
        if (verdict == DataVerdict.Taken) return;
        if (verdict == DataVerdict.UnknownStream) _control.Add(ChunkType.Error, ErrorCause.InvalidStream(chunk));
        else if (Violation.Of(verdict, chunk) is { } violation) Fail(violation);
    }

    private void HandleInit(Chunk chunk, MonotonicTime now)
    {
        // A peer that begins anew has not seen our last word (section 9.2).
        if (State == SctpState.ShutdownAckSent) _shutdown.SendNow();
        else _control.AddPacket(Handshake.AnswerInit(chunk, now));
    }

    private void HandleInitAck(Chunk chunk, MonotonicTime now)
    {
        InitVerdict verdict = InitChunk.Read(chunk, out InitChunk init);
        _resets.NotePeerCookie(init.Cookie);
        if (State != SctpState.CookieWait) return;
        if (verdict == InitVerdict.Malformed || ChunkReader.HeaderSize + init.Cookie.Length > SctpLimits.MaxEchoedChunkSize) return;
        SetPeer(PeerParameters.From(init, Handshake.Extensions));
        if (Violation.Of(verdict, init) is { } violation) Fail(violation);
        if (State == SctpState.Closed) return;
        if (!init.Unrecognized.IsEmpty) _control.Add(ChunkType.Error, ErrorCause.Write(SctpCauseCode.UnrecognizedParameters, init.Unrecognized));
        State = SctpState.CookieEchoed;
        if (Handshake.TakeInitAck(init, now) is { } roundTrip) Sender.ObserveRoundTrip(roundTrip);
    }

    private void HandleCookieEcho(Chunk chunk, MonotonicTime now)
    {
        switch (Handshake.Judge(chunk.Value, _peer.Tag, now, out StateCookie cookie))
        {
            case CookieVerdict.Forged:
                DroppedPackets++;
                break;
            case CookieVerdict.Stale:
                _control.AddPacket(cookie.Peer.Tag, Handshake.RemotePort, ChunkType.Error, ErrorCause.StaleCookie(now - cookie.Created - SctpLimits.CookieLifetime));
                break;
            case CookieVerdict.Restart:
                // A new association inside the same DTLS connection: nothing that we know still holds.
                AbortForViolation("The peer has started anew.");
                break;
            case CookieVerdict.Accepted when State == SctpState.ShutdownAckSent:
                _control.Add(ChunkType.Error, ErrorCause.Write(SctpCauseCode.CookieReceivedWhileShuttingDown));
                _shutdown.SendNow();
                break;
            default:
                if (_receiver is null) SetPeer(cookie.Peer);
                _control.Add(ChunkType.CookieAck, []);
                if (!State.IsUp()) Establish(now);
                break;
        }
    }

    private void HandleError(Chunk chunk, MonotonicTime now)
    {
        if (State != SctpState.CookieEchoed || !ErrorCause.Contains(chunk.Value, SctpCauseCode.StaleCookie)) return;
        // Section 5.2.6: begins anew.
        State = SctpState.CookieWait;
        Handshake.Start(Handshake.RemotePort, now);
    }

    private void HandleAbort(Chunk chunk)
    {
        SctpCauseCode? cause = ErrorCause.TryReadFirst(chunk.Value, out SctpCauseCode code) ? code : null;
        bool isOrdinary = cause is null or SctpCauseCode.UserInitiatedAbort;
        Close(SctpEnd.AbortedByPeer, isOrdinary ? "The peer has ended the connection." : $"The peer has ended the connection: {ErrorCause.Describe(code)}.", cause);
    }

    private void HandleShutdown(Chunk chunk, MonotonicTime now)
    {
        if (!State.IsUp() || chunk.Value.Length < sizeof(uint)) return;
        Sender.HandleCumulative(chunk.Value, now);
        Path.NoteAnswer();
        if (State == SctpState.ShutdownSent) StartLastWord(SctpState.ShutdownAckSent);
        else if (State == SctpState.ShutdownAckSent) _shutdown.SendNow();
        if (State is not (SctpState.Established or SctpState.ShutdownPending)) return;
        State = SctpState.ShutdownReceived;
        _events.Enqueue(new SctpEvent(SctpEventKind.PeerShutsDown));
    }

    private void HandleShutdownAck()
    {
        if (State is SctpState.ShutdownSent or SctpState.ShutdownAckSent)
        {
            Close(SctpEnd.ShutDown, "The connection was closed.");
            _control.Add(ChunkType.ShutdownComplete, []);
        }
        else if (!State.IsUp() && _receiver is not null)
        {
            // Of an association that does not exist here (section 8.5.1): with the peer's own tag.
            _control.AddPacket(_peer.Tag, Handshake.RemotePort, ChunkType.ShutdownComplete, []);
        }
    }

    private void GoOnShuttingDown()
    {
        if (!Sender.IsDrained) return;
        if (State == SctpState.ShutdownPending) StartLastWord(SctpState.ShutdownSent);
        else if (State == SctpState.ShutdownReceived) StartLastWord(SctpState.ShutdownAckSent);
    }

    private void StartLastWord(SctpState state)
    {
        State = state;
        _shutdown.SendNow();
    }

    private void SetPeer(PeerParameters peer)
    {
        _peer = peer;
        _receiver = new SctpReceiver(peer.InitialTsn, Handshake.ReceiveWindow, peer.Interleaves);
        _resets.SetPeerInitialTsn(peer.InitialTsn);
        Sender.SetPeer(peer);
    }

    private void Establish(MonotonicTime now)
    {
        State = _mustShutDown ? SctpState.ShutdownPending : SctpState.Established;
        Handshake.Stop();
        Path.Start(now, Sender.Rto);
        _events.Enqueue(new SctpEvent(SctpEventKind.Connected));
    }

    private void Fail(Violation violation) => Abort(SctpEnd.ProtocolFailure, violation.Cause, violation.Reason, violation.Information);

    private void Abort(SctpEnd end, SctpCauseCode cause, string reason, byte[]? value = null)
    {
        if (State == SctpState.Closed) return;
        bool tellPeer = _receiver is not null;
        Close(end, reason, cause);
        if (tellPeer) _control.Add(ChunkType.Abort, value ?? ErrorCause.Write(cause));
    }

    private void Close(SctpEnd end, string reason, SctpCauseCode? cause = null)
    {
        State = SctpState.Closed;
        _wasShutDown = end == SctpEnd.ShutDown && _receiver is not null;
        _control.Clear();
        Handshake.Stop();
        _events.Enqueue(new SctpEvent(SctpEventKind.Disconnected, Reason: reason, End: end, Cause: cause));
    }
}
