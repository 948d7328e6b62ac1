using System.Buffers.Binary;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Sctp.Congestion;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>The sending half: queue, flight, congestion and the retransmission timer (RFC 9260 sections 6 and 7).</summary>
internal sealed class SctpSender
{
    /// <summary>No fragment is cut shorter than this to fill a packet's rest.</summary>
    private const int MinFragment = 256;

    /// <summary>A peer may take its time to acknowledge, and a loop to wake. A single chunk does not ask to be acknowledged at once, and dcSCTP takes up to 200 ms over that.</summary>
    private static readonly TimeSpan s_probeSlack = SctpLimits.DelayedAck, s_probeSlackOfOne = TimeSpan.FromMilliseconds(200);

    private readonly OutstandingData _outstanding;
    private readonly ForwardTsn _forward;
    private readonly CongestionWindow _congestion = new();
    private readonly RetransmissionTimeout _rto = new();
    private readonly Pacer _pacer = new();
    private MonotonicTime? _retransmitAt;
    private MonotonicTime? _probeAt;
    private bool _mustProbe;
    private bool _hasProbed;
    private long _peerWindow = SctpLimits.MaxPacketSize;
    private bool _fastRetransmit;
    private bool _isWindowClosed;
    private bool _mayAbandon;
    private int _headerSize = DataChunk.HeaderSize;

    public SctpSender(uint initialTsn)
    {
        _outstanding = new OutstandingData(initialTsn);
        _forward = new ForwardTsn(_outstanding);
    }

    public SendQueue Queue { get; } = new();

    public MonotonicTime? NextTimeout =>
        MonotonicTime.Earliest(MonotonicTime.Earliest(_retransmitAt, _probeAt), MonotonicTime.Earliest(_outstanding.NextTimeout, _pacer.NextSend));

    public TimeSpan? SmoothedRtt => _rto.SmoothedRtt;

    public TimeSpan Rto => _rto.Current;

    public int CongestionWindowSize => _congestion.Size;

    public long Retransmissions { get; private set; }

    public long LastTsn => _outstanding.NextTsn - 1;

    public long CumulativeAcknowledged => _outstanding.CumulativeAcknowledged;

    public uint LastAssignedTsn => TsnUnwrapper.Wrap(_outstanding.NextTsn - 1);

    /// <summary>The window that the peer has advertised last.</summary>
    public uint PeerReceiveWindow { get; private set; }

    /// <summary>Bytes sent and neither acknowledged nor counted as lost.</summary>
    public int UnacknowledgedBytes => _outstanding.InFlight;

    /// <summary>Chunks sent and not acknowledged, lost ones included.</summary>
    public int UnacknowledgedChunks => _outstanding.CountUnacknowledged;

    /// <summary>Whether everything queued was sent and acknowledged.</summary>
    public bool IsDrained => Queue.BufferedAmount == 0 && _outstanding.IsEmpty;

    /// <summary>The size of a packet in which the first lost chunk fits, which was perhaps sent when packets were larger; 0 when nothing is lost.</summary>
    public int LostPacketSize => _outstanding.TryPeekLost(out long lost) ? PacketWriter.HeaderSize + _outstanding.Get(lost).Size : 0;

    /// <summary>Whether there is data that may be sent now.</summary>
    public bool IsReady(MonotonicTime now)
    {
        if (_outstanding.TryPeekLost(out long lost)) return MaySend(_outstanding.Get(lost).Length, isLost: true, now);
        return Queue.PeekLength(MinFragment) is > 0 and int length && MaySend(length, isLost: false, now);
    }

    public void SetPeer(PeerParameters peer)
    {
        _peerWindow = PeerReceiveWindow = peer.ReceiveWindow;
        // Nothing is given up where the peer would not understand that.
        _mayAbandon = peer.MayAbandon;
        Queue.IsInterleaving = _forward.IsInterleaved = peer.Interleaves;
        _headerSize = DataChunk.HeaderSizeOf(peer.Interleaves);
    }

    /// <summary>A round trip that something else than data has measured.</summary>
    public void ObserveRoundTrip(TimeSpan roundTrip) => _rto.Observe(roundTrip);

    /// <summary>Applies a SACK. False when it is old or makes no sense; then nothing has changed.</summary>
    public bool HandleSack(SackChunk sack, MonotonicTime now)
    {
        if (!_outstanding.TryAcknowledge(sack, now, out AcknowledgementResult result)) return false;
        if (result.RoundTrip is { } rtt) _rto.Observe(rtt);
        else if (result.Bytes > 0) _rto.Reset();
        PeerReceiveWindow = sack.ReceiveWindow;
        if (result.Bytes > 0)
        {
            _hasProbed = false;
            if (result.RevivedBytes > 0 && _congestion.Restore()) _outstanding.Revive();
            _congestion.NoteAnswerToTimeout();
        }

        _congestion.Acknowledge(result, _outstanding.NextTsn, _rto.SmoothedRtt ?? default, now);
        FindLost(now);
        _peerWindow = Math.Max(0, (long)sack.ReceiveWindow - _outstanding.InFlight);

        // The peer has dropped what probed its closed window: word that it is open is a reason to send that again at once.
        int probe = _outstanding.IsEmpty ? SctpLimits.MaxFragmentSize : _outstanding.Get(_outstanding.CumulativeAcknowledged + 1).Length;
        bool opens = _isWindowClosed && sack.ReceiveWindow >= probe;
        _isWindowClosed = sack.ReceiveWindow < probe;
        if (opens && !result.Advanced)
        {
            _rto.Reset();
            _outstanding.LoseAll();
        }

        _forward.NoteAcknowledgement(_rto.SmoothedRtt ?? _rto.Current, now);
        if (result.Bytes > 0) _retransmitAt = now + _rto.Current;
        if (_outstanding.IsEmpty) _retransmitAt = null;
        ScheduleProbe(now);
        SetPace();
        return true;
    }

    /// <summary>Applies the acknowledgement that a SHUTDOWN carries.</summary>
    public void HandleCumulative(ReadOnlySpan<byte> value, MonotonicTime now)
    {
        Span<byte> buffer = stackalloc byte[12];
        HandleSack(SackChunk.Cumulative(buffer, BinaryPrimitives.ReadUInt32BigEndian(value), PeerReceiveWindow), now);
    }

    /// <summary>Whether nothing was acknowledged in time; all that is outstanding counts as lost then.</summary>
    public bool HandleTimeout(MonotonicTime now)
    {
        _outstanding.Trim();
        _pacer.HandleTimeout(now);
        if (_outstanding.NextTimeout <= now) FindLost(now);
        if (_probeAt <= now)
        {
            _probeAt = null;
            _mustProbe = _hasProbed = true;
        }

        if (_retransmitAt is not { } due || due > now) return false;
        _retransmitAt = _probeAt = null;
        _mustProbe = false;
        _rto.BackOff();
        // What probes a window that the reader keeps closed is dropped at the other end: that says nothing of the path.
        if (!_isWindowClosed) _congestion.Collapse(now);
        _outstanding.LoseAll();
        _forward.Repeat();
        SetPace();
        return true;
    }

    /// <summary>Gives up what is of no use any more, and tells the peer what it has to know of that. Call before data is written.</summary>
    public void GiveUp(ref PacketWriter writer, MonotonicTime now)
    {
        if (!_mayAbandon) return;
        while (_outstanding.TryPeekLost(out long lost) && IsHopeless(_outstanding.Get(lost), now))
        {
            // What was not sent of a message can only be of the one that is being sent on its stream.
            if (_outstanding.Abandon(lost)) _outstanding.AbandonRest(Queue.DropRest(_outstanding.Get(lost).StreamId));
        }

        while (Queue.TryDropExpired(now, out OutstandingChunk rest)) _outstanding.AbandonRest(rest);
        if (_forward.Write(ref writer, now)) _retransmitAt ??= now + _rto.Current;
    }

    /// <summary>Fills the packet with lost chunks first, then with new ones, as far as both windows allow; returns whether there was anything.</summary>
    public bool WriteData(ref PacketWriter writer, MonotonicTime now)
    {
        int before = writer.Remaining;
        bool wrote = WriteLost(ref writer, now);
        if (wrote || !_outstanding.HasLost) _fastRetransmit = false;
        if (!_outstanding.HasLost && WriteNew(ref writer, now))
        {
            wrote = true;
            Queue.EndPacket();
        }

        if (_mustProbe && !wrote) wrote = WriteProbe(ref writer, now);
        if (wrote)
        {
            _mustProbe = false;
            _pacer.NoteSent(before - writer.Remaining);
            _congestion.NoteSent(_outstanding.InFlight, _rto.Current, now);
        }
        else
        {
            _pacer.NoteNothing();
        }

        return wrote;
    }

    private bool WriteLost(ref PacketWriter writer, MonotonicTime now)
    {
        bool wrote = false;
        while (_outstanding.TryPeekLost(out long lost))
        {
            ref readonly OutstandingChunk chunk = ref _outstanding.Get(lost);
            if (chunk.Size > writer.Remaining || !MaySend(chunk.Length, isLost: true, now) || IsHopeless(chunk, now)) break;
            Resend(ref writer, lost, now);
            wrote = true;
        }

        return wrote;
    }

    private bool WriteNew(ref PacketWriter writer, MonotonicTime now)
    {
        bool wrote = false;
        while (true)
        {
            int room = (writer.Remaining - _headerSize) & ~3;
            int wanted = Queue.PeekLength(SctpLimits.LargestPacketSize);
            if (wanted == 0 || room < Math.Min(wanted, MinFragment) || !MaySend(Math.Min(room, wanted), isLost: false, now)) return wrote;
            if (!Queue.TryTake(room, out OutstandingChunk chunk)) return wrote;
            chunk.SentAt = now;
            chunk.Transmissions = 1;
            // The last chunk of a burst asks for an answer at once: nothing that follows would bring one. A single chunk does not, as its answer may ride on what the peer's
            // application says to it.
            chunk.Write(ref writer, _outstanding.NextTsn, Queue.IsEmpty && !_outstanding.IsEmpty ? DataFlags.Immediate : DataFlags.None);
            _outstanding.Add(chunk);
            Sent(chunk.Length, restart: false, now);
            wrote = true;
        }
    }

    private bool IsHopeless(in OutstandingChunk chunk, MonotonicTime now) => _mayAbandon && chunk.Reliability.IsHopeless(chunk.Transmissions, now);

    // A loss at the end of what was sent shows in nothing that arrives later: one more chunk makes it show (RFC 8985 section 7).
    private bool WriteProbe(ref PacketWriter writer, MonotonicTime now)
    {
        if (!_outstanding.TryPeekLast(out long last) || _outstanding.Get(last).Size > writer.Remaining || IsHopeless(_outstanding.Get(last), now)) return false;
        Resend(ref writer, last, now);
        return true;
    }

    private void Resend(ref PacketWriter writer, long tsn, MonotonicTime now)
    {
        ref readonly OutstandingChunk chunk = ref _outstanding.Get(tsn);
        chunk.Write(ref writer, tsn, DataFlags.Immediate);
        _outstanding.Resend(tsn, now);
        Retransmissions++;
        Sent(chunk.Length, restart: tsn == _outstanding.CumulativeAcknowledged + 1, now);
    }

    private void FindLost(MonotonicTime now)
    {
        (int bytes, MonotonicTime latestSentAt) = _outstanding.FindLost(_rto.SmoothedRtt ?? _rto.Current, now);
        if (bytes == 0 || !_congestion.Lose(bytes, latestSentAt, now)) return;
        _outstanding.NoteReduction();
        _fastRetransmit = true;
        SetPace();
    }

    private void SetPace() => _pacer.SetRate(_congestion.Size, _rto.SmoothedRtt, _congestion.IsSlowStart && !_congestion.IsConservative);

    private void ScheduleProbe(MonotonicTime now)
    {
        if (_outstanding.IsEmpty || _hasProbed || _rto.SmoothedRtt is not { } roundTrip) _probeAt = null;
        else _probeAt = now + (roundTrip * 2) + (_outstanding.CountUnacknowledged == 1 ? s_probeSlackOfOne : s_probeSlack);
    }

    private bool MaySend(int length, bool isLost, MonotonicTime now)
    {
        // One chunk may always be under way: it finds out whether a closed window has opened.
        if (!isLost && _outstanding.IsFull) return false;
        if (_outstanding.InFlight == 0) return true;
        if (isLost && _fastRetransmit) return true;
        // The window may be exceeded by less than a packet (section 6.1), but after a timeout a packet is a packet: what is not sent twice shows whether the timeout was needless.
        int before = _congestion.Size > SctpLimits.MaxPacketSize ? _outstanding.InFlight + 1 : _outstanding.InFlight + length;
        return before <= _congestion.Size && length <= _peerWindow && _pacer.MaySend(now);
    }

    private void Sent(int length, bool restart, MonotonicTime now)
    {
        _peerWindow = Math.Max(0, _peerWindow - length);
        if (restart || _retransmitAt is null) _retransmitAt = now + _rto.Current;
        ScheduleProbe(now);
    }
}
