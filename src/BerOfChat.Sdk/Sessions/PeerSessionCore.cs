using System.Buffers.Binary;
using System.Diagnostics;
using BerOfChat.Identity;
using BerOfChat.Primitives;
using BerOfChat.Sessions.Handshake;
using BerOfChat.Sessions.Records;

namespace BerOfChat.Sessions;

/// <summary>One side of a session as a state machine: the handshake on lane 0, then records on all lanes.</summary>
/// <remarks>
/// After each call drain <see cref="TryWrite"/> (in order, on lane 0) and <see cref="TryReadMessage"/>. Messages of the application are sealed one record at a
/// time by <see cref="Seal"/>, so that the caller decides about room. Not safe for concurrent use.
/// </remarks>
internal sealed class PeerSessionCore : IDisposable
{
    private readonly SessionParameters _parameters;
    private readonly MonotonicTime _handshakeDeadline;
    private readonly MessageAssembler[] _assemblers = [new(), new(), new()];
    private readonly Queue<PeerMessage> _messages = new();
    private readonly Queue<(FrameType Type, ulong Value)> _control = new();
    private readonly byte[] _plaintext = new byte[RecordFormat.MaxSize];
    private SessionHandshake? _handshake;
    private SessionKeys? _keys;
    private HandshakeError? _refusal;
    private bool _hasOpenedRecord;
    private ulong? _ping;
    private MonotonicTime _pingSent;

    public PeerSessionCore(SessionParameters parameters, ChannelBinding binding, MonotonicTime now, DateTimeOffset wallTime)
    {
        _parameters = parameters;
        _handshake = new SessionHandshake(parameters, binding, wallTime);
        _handshakeDeadline = now + s_handshakeTimeout;
    }

    public PeerSessionState State => End is not null ? PeerSessionState.Closed
        : _keys is not null && (_hasOpenedRecord || !_parameters.IsInitiator) ? PeerSessionState.Open
        : PeerSessionState.Connecting;

    /// <summary>How the session ended; null while it has not.</summary>
    public SessionEnd? End { get; private set; }

    /// <summary>The peer; null until it is proven and accepted.</summary>
    public RemoteDevice? Remote { get; private set; }

    /// <summary>The round-trip time that the last ping measured.</summary>
    public TimeSpan? RoundTripTime { get; private set; }

    /// <summary>Whether a ping waits for its answer.</summary>
    public bool IsPingOpen => _ping is not null;

    /// <summary>Records sealed and opened so far.</summary>
    public (long Sent, long Received) Records { get; private set; }

    public MonotonicTime? NextTimeout => State == PeerSessionState.Connecting ? _handshakeDeadline : null;

    /// <summary>Takes what arrived on a lane.</summary>
    public void HandleRecord(PeerLane lane, ReadOnlySpan<byte> record, MonotonicTime now)
    {
        if (End is not null) return;
        if (_keys is null) HandleHandshake(lane, record);
        else HandleSealed(lane, record, now);
    }

    /// <summary>The link is gone.</summary>
    public void HandleLinkEnded(Exception? cause)
    {
        if (End is not null) return;
        Finish(_keys is null
            ? new SessionEnd(BerOfChatErrorCode.HandshakeFailed, "The connection broke before both sides had proven who they are.") { IsTransient = true, Cause = cause }
            : SessionEnd.LinkLost(cause));
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (State != PeerSessionState.Connecting || now < _handshakeDeadline) return;
        Fail(new SessionEnd(BerOfChatErrorCode.HandshakeFailed, "The peer did not prove in time who it is.") { IsTransient = true });
    }

    /// <summary>Ends the session and tells the peer why, when it can be told.</summary>
    public void Close(SessionCloseReason reason)
    {
        if (End is not null) return;
        if (State == PeerSessionState.Open) _control.Enqueue((FrameType.Close, (ushort)reason));
        else _refusal = HandshakeError.Failed;
        Finish(SessionEnd.Closed(reason));
    }

    /// <summary>Asks the peer for a sign of life. One question at a time; a second one replaces the first.</summary>
    public void Ping(MonotonicTime now)
    {
        if (State != PeerSessionState.Open) return;
        _ping = _parameters.Random.NextUInt64();
        _pingSent = now;
        _control.Enqueue((FrameType.Ping, _ping.Value));
    }

    /// <summary>Writes what is due on lane 0 besides the application's messages: the handshake, pings and their answers, the goodbye.</summary>
    public bool TryWrite(Span<byte> destination, out int written)
    {
        written = 0;
        if (_refusal is { } refusal)
        {
            _refusal = null;
            written = HandshakeErrorMessage.Write(refusal, destination);
            return true;
        }

        if (_handshake is { IsWriting: true } && End is null) return TryWriteHandshake(destination, out written);
        if (_keys is null || !_control.TryDequeue(out (FrameType Type, ulong Value) frame)) return false;

        Span<byte> body = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(body, frame.Value);
        written = _keys.Sealer(PeerLane.Control).Seal(frame.Type, [], frame.Type switch
        {
            FrameType.Close => body[^sizeof(ushort)..],
            FrameType.Pad => [],
            _ => body,
        }, destination);
        CountSent();
        return true;
    }

    /// <summary>Seals the next record of a message of the application, and returns its size. The session must be open.</summary>
    public int Seal(PeerLane lane, ReadOnlySpan<byte> message, ref OutgoingMessage progress, Span<byte> destination)
    {
        RecordSealer sealer = _keys!.Sealer(lane);
        if (sealer.IsWornOut || (lane == PeerLane.Control && sealer.Counter >= RecordFormat.MaxRecords - ControlReserve))
        {
            Fail(new SessionEnd(BerOfChatErrorCode.ConnectionLost, "The session has carried as much as its keys may. A new one is made.") { IsTransient = true });
            throw End!.ToException();
        }

        CountSent();
        return progress.Seal(message, sealer, destination);
    }

    public bool TryReadMessage(out PeerMessage message) => _messages.TryDequeue(out message);

    public void Dispose()
    {
        _handshake?.Dispose();
        _keys?.Dispose();
        _keys = null;
        _control.Clear();
    }

    private void HandleHandshake(PeerLane lane, ReadOnlySpan<byte> message)
    {
        SessionHandshake handshake = _handshake!;
        if (lane == PeerLane.Control && HandshakeErrorMessage.TryRead(message, out HandshakeError? error))
        {
            Finish(HandshakeErrorMessage.ToEnd(error.Value));
            return;
        }

        if (lane != PeerLane.Control || !handshake.TryRead(message))
        {
            Fail(new SessionEnd(BerOfChatErrorCode.HandshakeFailed, "The peer could not prove who it is, or somebody changed what it sent. Nothing was delivered."));
            return;
        }

        if (!handshake.IsAwaitingDecision) return;
        if (!_parameters.AcceptPeer(handshake.Remote!))
        {
            Fail(new SessionEnd(BerOfChatErrorCode.HandshakeFailed, "The other side is not the one that was expected here. Nothing was delivered."));
            return;
        }

        handshake.Accept();
        Remote = handshake.Remote;
        if (handshake.IsComplete) FinishHandshake();
    }

    private bool TryWriteHandshake(Span<byte> destination, out int written)
    {
        if (!_handshake!.TryWrite(destination, out written))
        {
            Fail(new SessionEnd(BerOfChatErrorCode.HandshakeFailed, "The peer's key is not usable. Nothing was delivered."));
            return TryWrite(destination, out written);
        }

        if (_handshake.IsComplete) FinishHandshake();
        return true;
    }

    private void FinishHandshake()
    {
        _keys = _handshake!.DeriveKeys();
        _handshake.Dispose();
        _handshake = null;

        // Lanes are not ordered against message 3: the initiator waits for this record before it sends on any of them.
        if (!_parameters.IsInitiator) _control.Enqueue((FrameType.Pad, 0));
    }

    private void HandleSealed(PeerLane lane, ReadOnlySpan<byte> record, MonotonicTime now)
    {
        if (!Enum.IsDefined(lane) || !_keys!.Opener(lane).TryOpen(record, _plaintext, out FrameType type, out ReadOnlySpan<byte> body) || !TryHandleFrame(lane, type, body, now))
        {
            // The first thing that fails to open may be the plain refusal of a responder that did not accept us.
            if (!_hasOpenedRecord && _parameters.IsInitiator && lane == PeerLane.Control && HandshakeErrorMessage.TryRead(record, out HandshakeError? error)) Finish(HandshakeErrorMessage.ToEnd(error.Value));
            else Violate();
            return;
        }

        _hasOpenedRecord = true;
        Records = (Records.Sent, Records.Received + 1);
    }

    private bool TryHandleFrame(PeerLane lane, FrameType type, ReadOnlySpan<byte> body, MonotonicTime now)
    {
        switch (type)
        {
            case FrameType.Pad:
                return true;
            case FrameType.Data:
                if (!_assemblers[(int)lane].TryAddWhole(body, out ReadOnlyMemory<byte> whole)) return false;
                _messages.Enqueue(new PeerMessage(lane, whole));
                return true;
            case FrameType.Fragment:
                if (!_assemblers[(int)lane].TryAddPart(body, out ReadOnlyMemory<byte>? message)) return false;
                if (message is { } complete) _messages.Enqueue(new PeerMessage(lane, complete));
                return true;
            case FrameType.Close when lane == PeerLane.Control && body.Length == sizeof(ushort):
                Finish(SessionEnd.ClosedByPeer((SessionCloseReason)BinaryPrimitives.ReadUInt16BigEndian(body)));
                return true;
            case FrameType.Ping when lane == PeerLane.Control && body.Length == sizeof(ulong):
                if (_control.Count < MaxWaitingControl) _control.Enqueue((FrameType.Pong, BinaryPrimitives.ReadUInt64BigEndian(body)));
                return true;
            case FrameType.Pong when lane == PeerLane.Control && body.Length == sizeof(ulong):
                if (_ping != BinaryPrimitives.ReadUInt64BigEndian(body)) return true;
                _ping = null;
                RoundTripTime = now - _pingSent;
                return true;
            default:
                return false;
        }
    }

    private void Violate()
    {
        if (State == PeerSessionState.Open) _control.Enqueue((FrameType.Close, (ushort)SessionCloseReason.Malformed));
        Finish(new SessionEnd(BerOfChatErrorCode.ProtocolViolation, "The peer sent something that the protocol does not allow, or somebody changed what it sent. The session was ended.")
        {
            Reason = SessionCloseReason.Malformed,
        });
    }

    private void Fail(SessionEnd end)
    {
        if (_keys is null) _refusal = HandshakeError.Failed;
        else _control.Enqueue((FrameType.Close, (ushort)SessionCloseReason.Done));
        Finish(end);
    }

    private void Finish(SessionEnd end)
    {
        Debug.Assert(End is null, "A session ends once.");
        End = end;
    }

    private void CountSent() => Records = (Records.Sent + 1, Records.Received);

    private const int MaxWaitingControl = 16;

    /// <summary>Records that lane 0 keeps back for pings and the goodbye.</summary>
    private const uint ControlReserve = 64;

    private static readonly TimeSpan s_handshakeTimeout = TimeSpan.FromSeconds(10);
}
