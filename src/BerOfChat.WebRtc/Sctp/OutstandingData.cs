using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>What is in flight: applies acknowledgements, finds losses, and says what to send again.</summary>
internal sealed class OutstandingData(uint initialTsn)
{
    /// <summary>So many reports of a missing chunk mean that it is lost (RFC 9260 section 7.2.4).</summary>
    private const int FastRetransmitMisses = 3;

    private readonly List<OutstandingChunk> _chunks = [];
    private readonly SortedDictionary<long, OutstandingChunk> _lost = [];
    private int _start;
    private int _acknowledgements;

    /// <summary>The TSN of the next new chunk.</summary>
    public long NextTsn { get; private set; } = new TsnUnwrapper(initialTsn).Peek(initialTsn);

    /// <summary>Everything up to here is acknowledged.</summary>
    public long CumulativeAcknowledged { get; private set; } = new TsnUnwrapper(initialTsn).Peek(initialTsn) - 1;

    /// <summary>Bytes sent and neither acknowledged nor counted as lost.</summary>
    public int InFlight { get; private set; }

    public bool IsEmpty => _start == _chunks.Count;

    public bool HasLost => _lost.Count > 0;

    public long Unwrap(uint tsn) => CumulativeAcknowledged + unchecked((int)(tsn - (uint)CumulativeAcknowledged));

    public int CountUnacknowledged()
    {
        int count = 0;
        for (int i = _start; i < _chunks.Count; i++)
        {
            if (!_chunks[i].IsGapAcknowledged) count++;
        }

        return count;
    }

    public void Add(OutstandingChunk chunk)
    {
        _chunks.Add(chunk);
        NextTsn++;
        InFlight += chunk.Length;
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
        while (_start < _chunks.Count && _chunks[_start].Tsn <= cumulative)
        {
            OutstandingChunk chunk = _chunks[_start];
            _chunks[_start++] = null!;
            // Only a chunk that was sent once tells how long the way is (Karn).
            if (chunk is { Transmissions: 1, IsGapAcknowledged: false }) rtt = now - chunk.SentAt;
            acknowledged += Settle(chunk);
        }

        Compact();
        CumulativeAcknowledged = cumulative;
        long highest = ApplyGaps(sack, ref acknowledged);
        bool newlyLost = CountMisses(highest);
        result = new AcknowledgementResult(acknowledged, advanced, newlyLost, rtt);
        return true;
    }

    /// <summary>The retransmission timer has expired: everything counts as lost that the latest acknowledgement has not reported. A gap block is no promise: a receiver short of memory may have thrown away what it had reported (RFC 9260 section 6.2.1).</summary>
    public void LoseAll()
    {
        for (int i = _start; i < _chunks.Count; i++)
        {
            OutstandingChunk chunk = _chunks[i];
            if (chunk.IsGapAcknowledged && chunk.ReportedIn == _acknowledgements) continue;
            if (chunk.IsGapAcknowledged) InFlight += chunk.Length;
            chunk.IsGapAcknowledged = false;
            Lose(chunk);
        }
    }

    /// <summary>The first lost chunk, to be sent again if it fits.</summary>
    public OutstandingChunk? PeekLost()
    {
        foreach (OutstandingChunk chunk in _lost.Values) return chunk;
        return null;
    }

    public void Resend(OutstandingChunk chunk, MonotonicTime now)
    {
        _lost.Remove(chunk.Tsn);
        chunk.IsLost = false;
        chunk.Misses = 0;
        chunk.Transmissions++;
        chunk.SentAt = now;
        InFlight += chunk.Length;
    }

    private int Settle(OutstandingChunk chunk)
    {
        if (chunk.IsGapAcknowledged) return 0;
        if (chunk.IsLost) _lost.Remove(chunk.Tsn);
        else InFlight -= chunk.Length;
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
                OutstandingChunk chunk = _chunks[IndexOf(tsn)];
                chunk.ReportedIn = _acknowledgements;
                if (chunk.IsGapAcknowledged) continue;
                acknowledged += Settle(chunk);
                chunk.IsGapAcknowledged = true;
                chunk.IsLost = false;
                highest = Math.Max(highest, tsn);
            }
        }

        return highest;
    }

    // Only chunks below the highest one that this very acknowledgement has reported for the first time are counted as missing.
    private bool CountMisses(long highestNewly)
    {
        bool lost = false;
        for (int i = _start; i < _chunks.Count && _chunks[i].Tsn < highestNewly; i++)
        {
            OutstandingChunk chunk = _chunks[i];
            if (chunk.IsGapAcknowledged || chunk.IsLost || ++chunk.Misses < FastRetransmitMisses) continue;
            // Sent again and missing again: only the timer decides, or one burst would be sent over and over.
            if (chunk.Transmissions > 1) continue;
            Lose(chunk);
            lost = true;
        }

        return lost;
    }

    private void Lose(OutstandingChunk chunk)
    {
        if (chunk.IsLost) return;
        chunk.IsLost = true;
        InFlight -= chunk.Length;
        _lost.Add(chunk.Tsn, chunk);
    }

    private int IndexOf(long tsn) => _start + (int)(tsn - _chunks[_start].Tsn);

    private void Compact()
    {
        if (_start < 256 || _start * 2 < _chunks.Count) return;
        _chunks.RemoveRange(0, _start);
        _start = 0;
    }
}

/// <summary>What an acknowledgement has brought.</summary>
/// <param name="Bytes">Bytes acknowledged for the first time.</param>
/// <param name="Advanced">Whether the cumulative TSN moved.</param>
/// <param name="HasLoss">Whether chunks now count as lost.</param>
/// <param name="RoundTrip">A measured round trip, if one could be measured.</param>
internal readonly record struct AcknowledgementResult(int Bytes, bool Advanced, bool HasLoss, TimeSpan? RoundTrip);
