namespace BerOfChat.WebRtc.Sctp;

/// <summary>Puts the fragments of one stream together, and its ordered messages in order.</summary>
internal sealed class IncomingStream(ushort id)
{
    // The fragments of a message have consecutive TSNs, so the TSN alone tells where a fragment belongs.
    private readonly SortedList<long, Fragment> _unordered = [];
    private readonly SortedList<long, Fragment> _ordered = [];
    private long _nextSequence;

    /// <summary>Takes a new fragment and hands over every message that it completes.</summary>
    public void Add(long tsn, DataChunk chunk, Queue<SctpMessage> completed)
    {
        bool unordered = chunk.Flags.HasFlag(DataFlags.Unordered);
        SortedList<long, Fragment> fragments = unordered ? _unordered : _ordered;
        long sequence = unordered ? 0 : _nextSequence + unchecked((short)(chunk.StreamSequence - (ushort)_nextSequence));
        fragments[tsn] = new Fragment(chunk.Flags, sequence, chunk.PayloadProtocol, chunk.Payload.ToArray());
        if (unordered)
        {
            TryComplete(fragments, fragments.IndexOfKey(tsn), completed);
            return;
        }

        DeliverInOrder(completed);
    }

    /// <summary>Counts streams from zero again, after the sender has reset its side.</summary>
    public void Reset() => _nextSequence = 0;

    /// <summary>The sender has given up ordered messages up to <paramref name="sequence"/> (RFC 3758): forgets their fragments, hands over those of them that are whole, and what waited behind them.</summary>
    /// <returns>The part of the window that is free again.</returns>
    public int Skip(ushort sequence, Queue<SctpMessage> completed)
    {
        long last = _nextSequence + unchecked((short)(sequence - (ushort)_nextSequence));
        int freed = 0;
        while (_ordered.Count > 0 && _ordered.Values[0].Sequence <= last)
        {
            if (_ordered.Values[0].Flags.HasFlag(DataFlags.Begin) && TryComplete(_ordered, 0, completed)) continue;
            freed += _ordered.Values[0].Charge;
            _ordered.RemoveAt(0);
        }

        if (last >= _nextSequence) _nextSequence = last + 1;
        DeliverInOrder(completed);
        return freed;
    }

    /// <summary>The sender has given up everything up to a TSN: what is unordered and still incomplete there never gets whole.</summary>
    /// <returns>The part of the window that is free again.</returns>
    public int DropUnordered(long cumulativeTsn)
    {
        int freed = 0;
        while (_unordered.Count > 0 && _unordered.Keys[0] <= cumulativeTsn)
        {
            freed += _unordered.Values[0].Charge;
            _unordered.RemoveAt(0);
        }

        return freed;
    }

    private void DeliverInOrder(Queue<SctpMessage> completed)
    {
        // TSN order is sequence order within a stream, so the next message can only stand first.
        while (_ordered.Count > 0 && _ordered.Values[0] is { } first && first.Sequence == _nextSequence && first.Flags.HasFlag(DataFlags.Begin) && TryComplete(_ordered, 0, completed))
            _nextSequence++;
    }

    private bool TryComplete(SortedList<long, Fragment> fragments, int index, Queue<SctpMessage> completed)
    {
        int begin = index, end = index;
        while (!fragments.Values[begin].Flags.HasFlag(DataFlags.Begin))
        {
            if (begin == 0 || fragments.Keys[begin - 1] != fragments.Keys[begin] - 1) return false;
            begin--;
        }

        while (!fragments.Values[end].Flags.HasFlag(DataFlags.End))
        {
            if (end + 1 == fragments.Count || fragments.Keys[end + 1] != fragments.Keys[end] + 1) return false;
            end++;
        }

        completed.Enqueue(Join(fragments, begin, end));
        for (int i = end; i >= begin; i--) fragments.RemoveAt(i);
        return true;
    }

    private SctpMessage Join(SortedList<long, Fragment> fragments, int begin, int end)
    {
        Fragment first = fragments.Values[begin];
        int charge = 0, length = 0;
        for (int i = begin; i <= end; i++)
        {
            charge += fragments.Values[i].Charge;
            length += fragments.Values[i].Payload.Length;
        }

        if (begin == end) return new SctpMessage(id, first.PayloadProtocol, first.Payload, charge);
        byte[] payload = GC.AllocateUninitializedArray<byte>(length);
        int offset = 0;
        for (int i = begin; i <= end; i++)
        {
            fragments.Values[i].Payload.CopyTo(payload, offset);
            offset += fragments.Values[i].Payload.Length;
        }

        return new SctpMessage(id, first.PayloadProtocol, payload, charge);
    }

    private sealed record Fragment(DataFlags Flags, long Sequence, uint PayloadProtocol, byte[] Payload)
    {
        public int Charge => Payload.Length + SctpLimits.ChunkOverhead;
    }
}
