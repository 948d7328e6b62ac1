using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>What is in flight: applies acknowledgements, finds losses, and says what to send again.</summary>
internal sealed class OutstandingData(uint initialTsn)
{
    private readonly OutstandingRing _ring = new(new TsnUnwrapper(initialTsn).Peek(initialTsn));
    private readonly LossDetector _detector = new(new TsnUnwrapper(initialTsn).Peek(initialTsn));
    private long _firstLost;
    private MonotonicTime _latestSentAt;
    private long _endOfRepetition;
    private int _lostCount;
    private int _gapAcknowledged;
    private int _abandoned;
    private int _acknowledgements;
    private long? _advanced;

    /// <summary>The TSN of the next new chunk.</summary>
    public long NextTsn => _ring.End;

    /// <summary>Everything up to here is acknowledged.</summary>
    public long CumulativeAcknowledged => _ring.First - 1;

    /// <summary>Bytes sent and neither acknowledged nor counted as lost.</summary>
    public int InFlight { get; private set; }

    public bool IsEmpty => _ring.IsEmpty;

    /// <summary>When to look for losses again; null when nothing waits for that.</summary>
    public MonotonicTime? NextTimeout => _detector.NextTimeout;

    /// <summary>Whether so many chunks are outstanding that the peer could not report on one more.</summary>
    public bool IsFull => _ring.IsFull;

    public bool HasLost => _lostCount > 0;

    /// <summary>Chunks sent and not acknowledged, lost ones included.</summary>
    public int CountUnacknowledged => _ring.Count - _gapAcknowledged;

    public long Unwrap(uint tsn) => CumulativeAcknowledged + unchecked((int)(tsn - (uint)CumulativeAcknowledged));

    public ref readonly OutstandingChunk Get(long tsn) => ref _ring[tsn];

    /// <summary>Up to here everything is acknowledged or given up ("Advanced.Peer.Ack.Point", RFC 3758 section 3.5). What lies between parts that are given up counts as acknowledged when the latest acknowledgement has reported it: else word of a message that was interleaved with others would take a round trip for each of its parts.</summary>
    public long AdvancedAcknowledged => _advanced ??= FindAdvanced();

    /// <summary>Adds a chunk that is sent for the first time; its TSN is <see cref="NextTsn"/> as it was before.</summary>
    public void Add(in OutstandingChunk chunk)
    {
        InFlight += chunk.Length;
        _ring.Add(chunk);
    }

    /// <summary>Applies an acknowledgement. False when it is old or names what was never sent; then nothing has changed.</summary>
    public bool TryAcknowledge(SackChunk sack, MonotonicTime now, out AcknowledgementResult result)
    {
        result = default;
        long cumulative = Unwrap(sack.CumulativeTsn);
        if (cumulative < CumulativeAcknowledged || cumulative >= NextTsn) return false;
        // Nothing is reported twice, so all blocks together are no longer than what is outstanding: that bounds the work that they make.
        long reported = cumulative;
        for (int i = 0; i < sack.GapCount; i++)
        {
            (int first, int last) = sack.GetGap(i);
            reported += last - first + 1;
            if (cumulative + last >= NextTsn || reported >= NextTsn) return false;
        }

        _advanced = null;
        result.HighestAcknowledged = cumulative;
        result.LatestSentAt = _latestSentAt;
        result.Advanced = cumulative > CumulativeAcknowledged;
        while (_ring.First <= cumulative)
        {
            ref OutstandingChunk chunk = ref _ring[_ring.First];
            if (chunk.IsGapAcknowledged) _gapAcknowledged--;
            else if (chunk.IsAbandoned) _abandoned--;
            else Acknowledge(_ring.First, ref chunk, now, ref result);
            chunk.Payload.Release();
            _ring.RemoveFirst();
        }

        ApplyGaps(sack, now, ref result);
        if (sack.DuplicateCount > 0)
        {
            _detector.NoteNeedlessRepetition(isNewRound: cumulative >= _endOfRepetition);
            if (cumulative >= _endOfRepetition) _endOfRepetition = NextTsn;
        }

        return true;
    }

    /// <summary>Finds what is lost by now.</summary>
    /// <returns>Its bytes, and when the latest of it was sent.</returns>
    public (int Bytes, MonotonicTime LatestSentAt) FindLost(TimeSpan smoothedRoundTrip, MonotonicTime now)
    {
        int bytes = 0;
        MonotonicTime latest = default;
        while (_detector.TryFind(_ring, smoothedRoundTrip, now, out long tsn))
        {
            ref OutstandingChunk chunk = ref _ring[tsn];
            Lose(tsn, ref chunk);
            bytes += chunk.Length;
            if (chunk.SentAt > latest) latest = chunk.SentAt;
        }

        return (bytes, latest);
    }

    /// <summary>The window was reduced because of a loss.</summary>
    public void NoteReduction() => _detector.NoteReduction();

    /// <summary>What the timer has given up arrives after all: what was not sent again yet counts as on its way.</summary>
    public void Revive()
    {
        for (long tsn = _ring.First; tsn < _ring.End && _lostCount > 0; tsn++)
        {
            ref OutstandingChunk chunk = ref _ring[tsn];
            if (!chunk.IsLost) continue;
            chunk.IsLost = false;
            _lostCount--;
            InFlight += chunk.Length;
            if (chunk.Transmissions > 1) _detector.NoteRepetition(tsn, chunk.SentAt);
        }

        _detector.StartOver(_ring.First);
    }

    /// <summary>The last chunk that is not acknowledged, to be sent once more as a probe.</summary>
    public bool TryPeekLast(out long tsn)
    {
        for (tsn = _ring.End - 1; tsn >= _ring.First; tsn--)
        {
            if (_ring[tsn] is { IsGapAcknowledged: false, IsLost: false, IsAbandoned: false }) return true;
        }

        return false;
    }

    /// <summary>The retransmission timer has expired: everything counts as lost that the latest acknowledgement has not reported. A gap block is no promise: a receiver short of memory may have thrown away what it had reported (RFC 9260 section 6.2.1).</summary>
    public void LoseAll()
    {
        _advanced = null;
        for (long tsn = _ring.First; tsn < _ring.End; tsn++)
        {
            ref OutstandingChunk chunk = ref _ring[tsn];
            if (chunk.IsAbandoned) continue;
            if (chunk.IsGapAcknowledged)
            {
                if (chunk.ReportedIn == _acknowledgements) continue;
                InFlight += chunk.Length;
                chunk.IsGapAcknowledged = false;
                _gapAcknowledged--;
            }

            Lose(tsn, ref chunk);
        }
    }

    /// <summary>The first lost chunk, to be sent again if it fits.</summary>
    public bool TryPeekLost(out long tsn)
    {
        tsn = Math.Max(_firstLost, _ring.First);
        if (_lostCount == 0) return false;
        while (!_ring[tsn].IsLost) tsn++;
        _firstLost = tsn;
        return true;
    }

    /// <summary>Notes that a chunk is sent once more: a lost one, or the last one as a probe.</summary>
    public void Resend(long tsn, MonotonicTime now)
    {
        ref OutstandingChunk chunk = ref _ring[tsn];
        if (chunk.IsLost)
        {
            chunk.IsLost = false;
            _lostCount--;
            InFlight += chunk.Length;
        }

        chunk.Transmissions++;
        chunk.SentAt = now;
        _detector.NoteRepetition(tsn, now);
    }

    /// <summary>Gives up the message that a chunk belongs to, whose parts may lie between those of others. Returns whether a part of it was not sent yet.</summary>
    public bool Abandon(long tsn)
    {
        OutstandingChunk message = _ring[tsn];
        while (tsn > _ring.First && !(_ring[tsn].Flags.Has(DataFlags.Begin) && _ring[tsn].IsOfSameMessage(message))) tsn--;
        bool isWhole = false;
        for (; tsn < _ring.End && !isWhole; tsn++)
        {
            ref OutstandingChunk chunk = ref _ring[tsn];
            if (!chunk.IsOfSameMessage(message)) continue;
            isWhole = chunk.Flags.Has(DataFlags.End);
            if (chunk.IsAbandoned) continue;
            if (chunk.IsGapAcknowledged) _gapAcknowledged--;
            else if (chunk.IsLost) _lostCount--;
            else InFlight -= chunk.Length;
            chunk.IsGapAcknowledged = chunk.IsLost = false;
            chunk.IsAbandoned = true;
            _abandoned++;
        }

        _advanced = null;
        return !isWhole;
    }

    /// <summary>Gives up a message of which a part was not sent: that part gets a TSN, for the peer to hear of, and what was sent before goes with it.</summary>
    public void AbandonRest(OutstandingChunk rest)
    {
        _ring.Add(rest);
        Abandon(_ring.End - 1);
    }

    /// <summary>Gives memory back that is not needed at the moment.</summary>
    public void Trim() => _ring.Trim();

    private long FindAdvanced()
    {
        long advanced = _ring.First - 1;
        if (_abandoned == 0) return advanced;
        for (long tsn = _ring.First; tsn < _ring.End; tsn++)
        {
            ref readonly OutstandingChunk chunk = ref _ring[tsn];
            if (chunk.IsAbandoned) advanced = tsn;
            else if (!chunk.IsInterleaved || !chunk.IsGapAcknowledged || chunk.ReportedIn != _acknowledgements) break;
        }

        return advanced;
    }

    private void Acknowledge(long tsn, ref OutstandingChunk chunk, MonotonicTime now, ref AcknowledgementResult result)
    {
        result.Bytes += chunk.Length;
        // Only a chunk that was sent once tells how long the way is (Karn), and only by the first word of it: the latest one sent of all that has arrived.
        if (chunk.SentAt >= _latestSentAt)
        {
            result.LatestSentAt = _latestSentAt = chunk.SentAt;
            result.RoundTrip = chunk.Transmissions == 1 ? now - chunk.SentAt : null;
        }

        if (tsn > result.HighestAcknowledged) result.HighestAcknowledged = tsn;
        _detector.NoteArrival(tsn, chunk, now);
        if (chunk.IsLost)
        {
            chunk.IsLost = false;
            _lostCount--;
            result.RevivedBytes += chunk.Length;
        }
        else
        {
            InFlight -= chunk.Length;
        }
    }

    private void ApplyGaps(SackChunk sack, MonotonicTime now, ref AcknowledgementResult result)
    {
        _acknowledgements = unchecked(_acknowledgements + 1);
        for (int i = 0; i < sack.GapCount; i++)
        {
            (int first, int last) = sack.GetGap(i);
            for (long tsn = CumulativeAcknowledged + first; tsn <= CumulativeAcknowledged + last; tsn++)
            {
                ref OutstandingChunk chunk = ref _ring[tsn];
                chunk.ReportedIn = _acknowledgements;
                if (chunk.IsGapAcknowledged || chunk.IsAbandoned) continue;
                Acknowledge(tsn, ref chunk, now, ref result);
                chunk.IsGapAcknowledged = true;
                _gapAcknowledged++;
            }
        }
    }

    private void Lose(long tsn, ref OutstandingChunk chunk)
    {
        if (chunk.IsLost) return;
        chunk.IsLost = true;
        InFlight -= chunk.Length;
        _firstLost = _lostCount++ == 0 ? tsn : Math.Min(_firstLost, tsn);
    }
}
