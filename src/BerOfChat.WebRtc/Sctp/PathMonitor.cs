using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Watches whether the peer still answers (RFC 9260 section 8): asks by HEARTBEAT when the path is idle, and counts what stays unanswered.</summary>
internal sealed class PathMonitor(IRandomSource random)
{
    private readonly HeartbeatNonce _nonce = new(random);
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

    public PathMtuSearch Mtu { get; } = new(random);

    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(_mustSend ? null : _due, Mtu.NextTimeout);

    /// <summary>The association is up: begins to watch.</summary>
    public void Start(MonotonicTime now, TimeSpan rto)
    {
        _lastUse = now;
        _due = now + Interval(rto);
    }

    /// <summary>Data went out: it will be acknowledged, so nobody has to ask.</summary>
    public void NoteUse(MonotonicTime now) => _lastUse = now;

    public void NoteAnswer()
    {
        Unanswered = 0;
        Mtu.NoteAnswer();
    }

    public void NoteSilence(MonotonicTime now)
    {
        Unanswered++;
        Mtu.NoteSilence(now);
    }

    public void HandleTimeout(MonotonicTime now, TimeSpan rto)
    {
        Mtu.HandleTimeout(now);
        if (_due is not { } due || due > now) return;
        if (_isAwaited)
        {
            NoteSilence(now);
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
        if (!_mustSend || writer.Remaining < HeartbeatNonce.ChunkSize) return;
        _mustSend = false;
        _nonce.Write(ref writer);
        HeartbeatsSent++;
        _isAwaited = true;
        _sentAt = now;
        _due = now + _patience;
    }

    /// <summary>Takes a HEARTBEAT ACK. False when it answers nothing that was asked.</summary>
    public bool TryHandleAck(ReadOnlySpan<byte> value, MonotonicTime now, TimeSpan rto, out TimeSpan roundTrip)
    {
        roundTrip = default;
        if (Mtu.TryHandleAck(value) || !_isAwaited || !_nonce.IsIn(value)) return false;
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
