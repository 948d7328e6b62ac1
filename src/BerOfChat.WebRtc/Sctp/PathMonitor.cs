using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Watches whether the peer still answers (RFC 9260 section 8): asks by HEARTBEAT when the path is idle, and counts what stays unanswered.</summary>
internal sealed class PathMonitor(IRandomSource random)
{
    private const ushort HeartbeatInfoParameter = 1;
    private const int NonceSize = 16;

    private readonly byte[] _nonce = new byte[NonceSize];
    private MonotonicTime _lastUse;
    private MonotonicTime _sentAt;
    private MonotonicTime? _due;
    private TimeSpan _patience;
    private bool _isAwaited;
    private bool _mustSend;

    /// <summary>Retransmissions and heartbeats in a row that nobody has answered.</summary>
    public int Unanswered { get; private set; }

    public bool IsUnreachable => Unanswered > SctpLimits.MaxUnanswered;

    public long HeartbeatsSent { get; private set; }

    public long HeartbeatsAnswered { get; private set; }

    public MonotonicTime? NextTimeout => _mustSend ? null : _due;

    /// <summary>The association is up: begins to watch.</summary>
    public void Start(MonotonicTime now, TimeSpan rto)
    {
        _lastUse = now;
        _due = now + Interval(rto);
    }

    /// <summary>Data went out: it will be acknowledged, so nobody has to ask.</summary>
    public void NoteUse(MonotonicTime now) => _lastUse = now;

    public void NoteAnswer() => Unanswered = 0;

    public void NoteSilence() => Unanswered++;

    public void HandleTimeout(MonotonicTime now, TimeSpan rto)
    {
        if (_due is not { } due || due > now) return;
        if (_isAwaited)
        {
            NoteSilence();
            _patience = _patience * 2 < SctpLimits.MaxRto ? _patience * 2 : SctpLimits.MaxRto;
        }
        else if (now - _lastUse < SctpLimits.HeartbeatInterval)
        {
            _due = _lastUse + Interval(rto);
            return;
        }
        else
        {
            _patience = rto;
        }

        _mustSend = true;
    }

    /// <summary>Writes the HEARTBEAT that is due.</summary>
    public void Write(ref PacketWriter writer, MonotonicTime now)
    {
        if (!_mustSend || writer.Remaining < (2 * ChunkReader.HeaderSize) + NonceSize) return;
        _mustSend = false;
        // Unguessable: whoever answers has received the question (RFC 9260 section 8.3).
        random.Fill(_nonce);
        writer.BeginChunk(ChunkType.Heartbeat, 0);
        writer.WriteParameter(HeartbeatInfoParameter, _nonce);
        writer.EndChunk();
        HeartbeatsSent++;
        _isAwaited = true;
        _sentAt = now;
        _due = now + _patience;
    }

    /// <summary>Takes a HEARTBEAT ACK. False when it answers nothing that was asked.</summary>
    public bool TryHandleAck(ReadOnlySpan<byte> value, MonotonicTime now, TimeSpan rto, out TimeSpan roundTrip)
    {
        roundTrip = default;
        if (!_isAwaited || value.Length != ChunkReader.HeaderSize + NonceSize) return false;
        if (BinaryPrimitives.ReadUInt16BigEndian(value) != HeartbeatInfoParameter) return false;
        if (!CryptographicOperations.FixedTimeEquals(value[ChunkReader.HeaderSize..], _nonce)) return false;
        roundTrip = now - _sentAt;
        _isAwaited = _mustSend = false;
        HeartbeatsAnswered++;
        NoteAnswer();
        _lastUse = now;
        _due = now + Interval(rto);
        return true;
    }

    // HB.interval plus the RTO with half of it as jitter, so that many associations do not ask at once.
    private TimeSpan Interval(TimeSpan rto) => SctpLimits.HeartbeatInterval + (rto * (0.5 + random.NextFraction()));
}
