using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp.Congestion;

/// <summary>How many bytes may be in flight. Grows like CUBIC (RFC 9438), and tolerates losses that no queue explains.</summary>
/// <remarks>A loss reduces the window to what the path holds without its queues, at most to half: behind a full queue of one round trip that is what Reno does, and with no queue at all a lost packet
/// costs its own size only, for chance has taken it. When no queue was seen for a while, nobody is kept waiting, and the window grows by a share of itself in each round trip. Decision 11 has the figures.</remarks>
internal sealed class CongestionWindow
{
    private const int Packet = SctpLimits.MaxPacketSize;
    private const int MinSize = SctpLimits.MinCongestionWindowPackets * Packet;
    private const int InitialSize = SctpLimits.InitialCongestionWindowPackets * Packet;

    /// <summary>The share of the window by which it grows in a round trip when there is no queue. So much loss is the most that it bears, and the most that it can cause behind a queue too short to show.</summary>
    private const double OpenGrowth = 1.0 / 16;

    /// <summary>A reduction leaves at least this share, as with Reno.</summary>
    private const double MinShare = 0.5;

    /// <summary>Losses that find no queue take at most the rest within a round trip, as with CUBIC.</summary>
    private const double MinShareOfChance = 0.7;

    /// <summary>When the queue was short for so long, nobody else fills it.</summary>
    private static readonly TimeSpan s_openAfter = TimeSpan.FromSeconds(5);

    private readonly PathDelay _delay = new();
    private SlowStart? _slowStart = new();
    private CubicGrowth _cubic;
    private double _size = InitialSize;
    private double _threshold = double.PositiveInfinity;
    private double _floor;
    private MonotonicTime? _reducedAt;
    private MonotonicTime _sentAt;
    private MonotonicTime _queueLongAt;
    private long _endOfRound;
    private int _peak;
    private int _peakOfLastRound;
    private (double Size, double Threshold)? _beforeTimeout;
    private int _answersToTimeout;

    /// <summary>Bytes that may be in flight.</summary>
    public int Size => (int)_size;

    public bool IsSlowStart => _size < _threshold;

    /// <summary>Whether delay has shown the end of slow start to be near.</summary>
    public bool IsConservative => _slowStart is { IsConservative: true };

    /// <summary>Something is sent.</summary>
    /// <param name="inFlight">Bytes in flight with it.</param>
    /// <param name="rto">A window that was not used for so long is halved (RFC 9260 section 7.2.1): nobody knows what the path carries now.</param>
    /// <param name="now">The time.</param>
    public void NoteSent(int inFlight, TimeSpan rto, MonotonicTime now)
    {
        for (MonotonicTime unused = _sentAt + rto; unused < now && _size > InitialSize; unused += rto)
        {
            _threshold = Math.Max(_threshold, _size * 3 / 4);
            _size = Math.Max(InitialSize, _size / 2);
            _cubic.Restart();
        }

        _sentAt = now;
        _peak = Math.Max(_peak, inFlight);
    }

    public void Acknowledge(in AcknowledgementResult result, long nextTsn, TimeSpan smoothedRtt, MonotonicTime now)
    {
        if (result.RoundTrip is { } roundTrip) _delay.Observe(roundTrip);
        if (result.HighestAcknowledged >= _endOfRound) EndRound(nextTsn);
        if (result.Bytes == 0) return;
        int peak = Math.Max(_peak, _peakOfLastRound);
        if (IsSlowStart)
        {
            // A window that is not used does not grow.
            if (_size >= 2 * peak) return;
            _size += _slowStart?.Grow(result.Bytes, _delay) ?? result.Bytes;
            return;
        }

        if (_size > peak + Packet) return;
        if (!_delay.IsQueueShort) _queueLongAt = now;
        if (now - _queueLongAt >= s_openAfter)
        {
            _size += result.Bytes * OpenGrowth;
            _cubic.Restart();
        }
        else if (_reducedAt is null || result.LatestSentAt > _reducedAt)
        {
            _size = _cubic.Grow(_size, result.Bytes, smoothedRtt, now);
        }
    }

    /// <summary>Bytes were lost. What was sent before the last reduction is no reason for another one; returns whether there was one.</summary>
    public bool Lose(int bytes, MonotonicTime latestSentAt, MonotonicTime now)
    {
        bool isNew = _reducedAt is null || latestSentAt > _reducedAt;
        if (isNew)
        {
            double share = Math.Clamp(_delay.ShareOfPath, MinShare, 1);
            _floor = Math.Max(MinSize, _size * Math.Min(share, MinShareOfChance));
            _cubic.Restart();
            _size *= share;
            _reducedAt = now;
        }

        // After a timeout, what was sent before it has cost the window already.
        if (isNew || !IsSlowStart) _threshold = _size = Math.Max(_floor, _size - bytes);
        _slowStart = null;
        return isNew;
    }

    /// <summary>The retransmission timer has expired: starts again from one packet.</summary>
    public void Collapse(MonotonicTime now)
    {
        _beforeTimeout ??= (_size, _threshold);
        _answersToTimeout = 0;
        _cubic.Restart();
        _threshold = Math.Max(_size * MinShare, MinSize);
        _size = Packet;
        _floor = MinSize;
        _reducedAt = now;
        _slowStart = null;
    }

    /// <summary>What was sent before the timer expired gets acknowledged now: nothing was lost but time.</summary>
    public bool Restore()
    {
        if (_beforeTimeout is not { } before) return false;
        _size = Math.Max(_size, before.Size);
        _threshold = before.Threshold;
        _cubic.Restart();
        _beforeTimeout = null;
        return true;
    }

    /// <summary>Acknowledgements come again. The first may be for what was sent twice, and say nothing; by the second it shows whether the timeout was needless.</summary>
    public void NoteAnswerToTimeout()
    {
        if (_beforeTimeout is not null && ++_answersToTimeout >= 2) _beforeTimeout = null;
    }

    private void EndRound(long nextTsn)
    {
        _endOfRound = nextTsn;
        _delay.StartRound();
        _peakOfLastRound = _peak;
        _peak = 0;
        if (IsSlowStart && _slowStart?.EndRound() == true)
        {
            _threshold = _size;
            _slowStart = null;
        }
    }
}
