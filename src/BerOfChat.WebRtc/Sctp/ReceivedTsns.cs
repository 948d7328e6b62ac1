namespace BerOfChat.WebRtc.Sctp;

/// <summary>Which TSNs have arrived: all up to the cumulative one, and ranges above it.</summary>
internal sealed class ReceivedTsns(uint initialTsn)
{
    private const int FixedSackSize = 16;

    private readonly List<(long First, long Last)> _ranges = [];
    private readonly List<uint> _duplicates = [];
    private TsnUnwrapper _unwrapper = new(initialTsn);

    /// <summary>Everything up to here has arrived.</summary>
    public long Cumulative { get; private set; } = new TsnUnwrapper(initialTsn).Peek(initialTsn) - 1;

    /// <summary>The highest TSN that has arrived.</summary>
    public long Highest => _ranges.Count > 0 ? _ranges[^1].Last : Cumulative;

    public bool HasGaps => _ranges.Count > 0;

    public bool HasDuplicates => _duplicates.Count > 0;

    /// <summary>A received TSN as a number that does not wrap; null when it is too far ahead to be believed.</summary>
    public long? Unwrap(uint tsn)
    {
        long unwrapped = _unwrapper.Peek(tsn);
        if (unwrapped > Cumulative + SctpLimits.MaxTsnOffset) return null;
        _unwrapper.Unwrap(tsn);
        return unwrapped;
    }

    public bool Contains(long tsn)
    {
        if (tsn <= Cumulative) return true;
        int index = FindRange(tsn);
        return index < _ranges.Count && tsn >= _ranges[index].First;
    }

    public void AddDuplicate(long tsn)
    {
        if (_duplicates.Count < SctpLimits.MaxDuplicateTsns) _duplicates.Add(TsnUnwrapper.Wrap(tsn));
    }

    /// <summary>Records a new TSN. False when that would open one range too many.</summary>
    public bool TryAdd(long tsn)
    {
        if (tsn == Cumulative + 1)
        {
            Cumulative = tsn;
            Absorb();
            return true;
        }

        int index = FindRange(tsn - 1);
        if (index < _ranges.Count && tsn >= _ranges[index].First - 1)
        {
            (long first, long last) = _ranges[index];
            _ranges[index] = (Math.Min(first, tsn), Math.Max(last, tsn));
            MergeWithNext(index);
            return true;
        }

        if (_ranges.Count >= SctpLimits.MaxReceivedRanges) return false;
        _ranges.Insert(index, (tsn, tsn));
        return true;
    }

    /// <summary>The sender has given up everything up to here (RFC 3758).</summary>
    public void AdvanceTo(long cumulative)
    {
        if (cumulative <= Cumulative) return;
        Cumulative = cumulative;
        Absorb();
    }

    public void WriteSack(ref PacketWriter writer, uint window)
    {
        int gaps = Math.Min(Math.Min(_ranges.Count, SctpLimits.MaxGapBlocks), (writer.Remaining - FixedSackSize - (sizeof(uint) * _duplicates.Count)) / sizeof(uint));
        while (gaps > 0 && _ranges[gaps - 1].Last - Cumulative > ushort.MaxValue) gaps--;
        writer.BeginChunk(ChunkType.Sack, 0);
        writer.WriteUInt32(TsnUnwrapper.Wrap(Cumulative));
        writer.WriteUInt32(window);
        writer.WriteUInt16((ushort)gaps);
        writer.WriteUInt16((ushort)_duplicates.Count);
        for (int i = 0; i < gaps; i++)
        {
            writer.WriteUInt16((ushort)(_ranges[i].First - Cumulative));
            writer.WriteUInt16((ushort)(_ranges[i].Last - Cumulative));
        }

        foreach (uint duplicate in _duplicates) writer.WriteUInt32(duplicate);
        writer.EndChunk();
        _duplicates.Clear();
    }

    // The first range that ends at the TSN or later.
    private int FindRange(long tsn)
    {
        int low = 0, high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].Last < tsn) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private void Absorb()
    {
        int absorbed = 0;
        while (absorbed < _ranges.Count && _ranges[absorbed].First <= Cumulative + 1)
        {
            Cumulative = Math.Max(Cumulative, _ranges[absorbed].Last);
            absorbed++;
        }

        if (absorbed > 0) _ranges.RemoveRange(0, absorbed);
    }

    private void MergeWithNext(int index)
    {
        if (index + 1 >= _ranges.Count || _ranges[index + 1].First > _ranges[index].Last + 1) return;
        _ranges[index] = (_ranges[index].First, _ranges[index + 1].Last);
        _ranges.RemoveAt(index + 1);
    }
}
