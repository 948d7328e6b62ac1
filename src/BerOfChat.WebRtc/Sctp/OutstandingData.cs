using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>What is in flight: applies acknowledgements, finds losses, and says what to send again.</summary>
internal sealed class OutstandingData(uint initialTsn)
{
    /// <summary>So many reports of a missing chunk mean that it is lost (RFC 9260 section 7.2.4).</summary>
    private const int FastRetransmitMisses = 3;

    private readonly OutstandingRing _ring = new(new TsnUnwrapper(initialTsn).Peek(initialTsn));
    private long _firstLost;
    private int _lostCount;
    private int _gapAcknowledged;
    private int _abandoned;
    private int _acknowledgements;

    /// <summary>The TSN of the next new chunk.</summary>
    public long NextTsn => _ring.End;

    /// <summary>Everything up to here is acknowledged.</summary>
    public long CumulativeAcknowledged => _ring.First - 1;

    /// <summary>Bytes sent and neither acknowledged nor counted as lost.</summary>
    public int InFlight { get; private set; }

    public bool IsEmpty => _ring.IsEmpty;

    /// <summary>Whether so many chunks are outstanding that the peer could not report on one more.</summary>
    public bool IsFull => _ring.IsFull;

    public bool HasLost => _lostCount > 0;

    /// <summary>Chunks sent and not acknowledged, lost ones included.</summary>
    public int CountUnacknowledged => _ring.Count - _gapAcknowledged;

    public long Unwrap(uint tsn) => CumulativeAcknowledged + unchecked((int)(tsn - (uint)CumulativeAcknowledged));

    public ref readonly OutstandingChunk Get(long tsn) => ref _ring[tsn];

    /// <summary>Up to here everything is acknowledged or given up ("Advanced.Peer.Ack.Point", RFC 3758 section 3.5).</summary>
    public long AdvancedAcknowledged
    {
        get
        {
            long tsn = _ring.First;
            if (_abandoned == 0) return tsn - 1;
            while (tsn < _ring.End && _ring[tsn].IsAbandoned) tsn++;
            return tsn - 1;
        }
    }

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
        for (int i = 0; i < sack.GapCount; i++)
        {
            if (cumulative + sack.GetGap(i).Last >= NextTsn) return false;
        }

        int acknowledged = 0;
        TimeSpan? rtt = null;
        bool advanced = cumulative > CumulativeAcknowledged;
        while (_ring.First <= cumulative)
        {
            ref OutstandingChunk chunk = ref _ring[_ring.First];
            // Only a chunk that was sent once tells how long the way is (Karn).
            if (chunk is { Transmissions: 1, IsGapAcknowledged: false, IsAbandoned: false }) rtt = now - chunk.SentAt;
            acknowledged += Settle(ref chunk);
            if (chunk.IsGapAcknowledged) _gapAcknowledged--;
            if (chunk.IsAbandoned) _abandoned--;
            chunk.Payload.Release();
            _ring.RemoveFirst();
        }

        long highest = ApplyGaps(sack, ref acknowledged);
        bool newlyLost = CountMisses(highest);
        result = new AcknowledgementResult(acknowledged, advanced, newlyLost, rtt);
        return true;
    }

    /// <summary>The retransmission timer has expired: everything counts as lost that the latest acknowledgement has not reported. A gap block is no promise: a receiver short of memory may have thrown away what it had reported (RFC 9260 section 6.2.1).</summary>
    public void LoseAll()
    {
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

    public void Resend(long tsn, MonotonicTime now)
    {
        ref OutstandingChunk chunk = ref _ring[tsn];
        chunk.IsLost = false;
        _lostCount--;
        chunk.Misses = 0;
        chunk.Transmissions++;
        chunk.SentAt = now;
        InFlight += chunk.Length;
    }

    /// <summary>Gives up the message that a chunk belongs to. Returns whether a part of it was not sent yet.</summary>
    public bool Abandon(long tsn)
    {
        long first = tsn, last = tsn;
        while (first > _ring.First && !_ring[first].Flags.HasFlag(DataFlags.Begin)) first--;
        while (last < _ring.End && !_ring[last].Flags.HasFlag(DataFlags.End)) last++;
        for (tsn = first; tsn <= last && tsn < _ring.End; tsn++)
        {
            ref OutstandingChunk chunk = ref _ring[tsn];
            if (chunk.IsAbandoned) continue;
            Settle(ref chunk);
            if (chunk.IsGapAcknowledged) _gapAcknowledged--;
            chunk.IsGapAcknowledged = false;
            chunk.IsAbandoned = true;
            _abandoned++;
        }

        return last == _ring.End;
    }

    /// <summary>Gives up a message of which a part was not sent: that part gets a TSN, for the peer to hear of, and what was sent before goes with it.</summary>
    public void AbandonRest(OutstandingChunk rest)
    {
        _ring.Add(rest);
        Abandon(_ring.End - 1);
    }

    /// <summary>Gives memory back that is not needed at the moment.</summary>
    public void Trim() => _ring.Trim();

    private int Settle(ref OutstandingChunk chunk)
    {
        if (chunk.IsGapAcknowledged || chunk.IsAbandoned) return 0;
        if (chunk.IsLost) _lostCount--;
        else InFlight -= chunk.Length;
        chunk.IsLost = false;
        return chunk.Length;
    }

    private long ApplyGaps(SackChunk sack, ref int acknowledged)
    {
        long highest = CumulativeAcknowledged;
        _acknowledgements = unchecked(_acknowledgements + 1);
        for (int i = 0; i < sack.GapCount; i++)
        {
            (int first, int last) = sack.GetGap(i);
            for (long tsn = CumulativeAcknowledged + first; tsn <= CumulativeAcknowledged + last; tsn++)
            {
                ref OutstandingChunk chunk = ref _ring[tsn];
                chunk.ReportedIn = _acknowledgements;
                if (chunk.IsGapAcknowledged || chunk.IsAbandoned) continue;
                acknowledged += Settle(ref chunk);
                chunk.IsGapAcknowledged = true;
                _gapAcknowledged++;
                highest = Math.Max(highest, tsn);
            }
        }

        return highest;
    }

    // Only chunks below the highest one that this very acknowledgement has reported for the first time are counted as missing.
    private bool CountMisses(long highestNewly)
    {
        bool lost = false;
        for (long tsn = _ring.First; tsn < highestNewly; tsn++)
        {
            ref OutstandingChunk chunk = ref _ring[tsn];
            if (chunk.IsGapAcknowledged || chunk.IsLost || chunk.IsAbandoned || ++chunk.Misses < FastRetransmitMisses) continue;
            // Sent again and missing again: only the timer decides, or one burst would be sent over and over.
            if (chunk.Transmissions > 1) continue;
            Lose(tsn, ref chunk);
            lost = true;
        }

        return lost;
    }

    private void Lose(long tsn, ref OutstandingChunk chunk)
    {
        if (chunk.IsLost) return;
        chunk.IsLost = true;
        InFlight -= chunk.Length;
        _firstLost = _lostCount++ == 0 ? tsn : Math.Min(_firstLost, tsn);
    }
}

/// <summary>What an acknowledgement has brought.</summary>
/// <param name="Bytes">Bytes acknowledged for the first time.</param>
/// <param name="Advanced">Whether the cumulative TSN moved.</param>
/// <param name="HasLoss">Whether chunks now count as lost.</param>
/// <param name="RoundTrip">A measured round trip, if one could be measured.</param>
internal readonly record struct AcknowledgementResult(int Bytes, bool Advanced, bool HasLoss, TimeSpan? RoundTrip);
