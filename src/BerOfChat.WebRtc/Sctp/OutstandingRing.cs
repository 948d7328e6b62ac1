using System.Diagnostics;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>The outstanding chunks by TSN, in an array that is used round and round. Grows to what is in flight.</summary>
internal sealed class OutstandingRing(long firstTsn)
{
    /// <summary>A receiver tells the order of messages by numbers of 16 bits, and which of two is the later one only if they lie less than half of all numbers apart (RFC 9260 section 1.6).
    /// Gap blocks, which count in 16 bits too, reach further.</summary>
    public const int MaxCount = short.MaxValue;

    private const int MinCapacity = 16;
    private const int KeptCapacity = 1024;

    private OutstandingChunk[] _chunks = new OutstandingChunk[MinCapacity];

    /// <summary>The TSN of the oldest chunk, and of the next one when there is none.</summary>
    public long First { get; private set; } = firstTsn;

    /// <summary>The TSN that the next chunk gets.</summary>
    public long End { get; private set; } = firstTsn;

    public int Count => (int)(End - First);

    public bool IsEmpty => First == End;

    public bool IsFull => Count >= MaxCount;

    public ref OutstandingChunk this[long tsn]
    {
        get
        {
            Debug.Assert(tsn >= First && tsn < End, "The chunk is not outstanding.");
            return ref _chunks[tsn & (_chunks.Length - 1)];
        }
    }

    public void Add(in OutstandingChunk chunk)
    {
        if (Count == _chunks.Length) Resize(_chunks.Length * 2);
        _chunks[End & (_chunks.Length - 1)] = chunk;
        End++;
    }

    public void RemoveFirst()
    {
        _chunks[First & (_chunks.Length - 1)] = default;
        First++;
    }

    /// <summary>Gives memory back when nothing is outstanding.</summary>
    public void Trim()
    {
        if (IsEmpty && _chunks.Length > KeptCapacity) _chunks = new OutstandingChunk[MinCapacity];
    }

    private void Resize(int capacity)
    {
        var chunks = new OutstandingChunk[capacity];
        for (long tsn = First; tsn < End; tsn++) chunks[tsn & (capacity - 1)] = this[tsn];
        _chunks = chunks;
    }
}
