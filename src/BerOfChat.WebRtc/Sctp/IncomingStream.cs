using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Puts the fragments of one stream together, and its ordered messages in order.</summary>
/// <param name="id">The stream.</param>
/// <param name="isInterleaved">Whether its messages come in I-DATA chunks (RFC 8260), whose numbers have 32 bits and which number unordered messages too.</param>
/// <param name="chain">Where the bytes of messages go that come in one piece.</param>
/// <param name="chains">Where those of all others go.</param>
internal sealed class IncomingStream(ushort id, bool isInterleaved, BlockChain chain, PartChains chains)
{
    private readonly SortedDictionary<long, FragmentRun> _waiting = [];
    private FragmentRuns? _ordered;
    private FragmentRuns? _unordered;
    private long _nextOrdered;
    private long _latestUnordered;

    /// <summary>Whether it keeps nothing but the numbers of messages.</summary>
    public bool IsEmpty => _ordered is null or { IsEmpty: true } && _unordered is null or { IsEmpty: true } && _waiting.Count == 0;

    /// <summary>Takes a new fragment and hands over every message that it completes. False when there was one in its place already, which no honest peer sends.</summary>
    public bool TryAdd(long tsn, DataChunk chunk, Queue<SctpMessage> completed)
    {
        bool isUnordered = chunk.Flags.Has(DataFlags.Unordered);
        long number = isUnordered ? UnwrapUnordered(chunk.MessageId) : UnwrapArrived(chunk.MessageId);
        if (chunk.Flags.Has(DataFlags.Begin | DataFlags.End) && (isUnordered || (number == _nextOrdered && _waiting.Count == 0)))
        {
            if (!isUnordered) _nextOrdered++;
            completed.Enqueue(new SctpMessage(id, chunk.PayloadProtocol, chain.Write(chunk.Payload), chunk.Payload.Length + SctpLimits.ChunkOverhead));
            return true;
        }

        FragmentRuns runs = isUnordered ? _unordered ??= new FragmentRuns(chains) : _ordered ??= new FragmentRuns(chains);
        if (!runs.TryAdd(new FragmentPosition(number, isInterleaved ? chunk.Fragment : tsn), chunk, out FragmentRun? whole)) return false;
        if (whole is null) return true;
        if (!isUnordered && (number != _nextOrdered || _waiting.Count > 0))
        {
            KeepOrdered(number, whole, completed);
            return true;
        }

        if (!isUnordered) _nextOrdered++;
        completed.Enqueue(whole.ToMessage(id));
        runs.Reuse(whole);
        return true;
    }

    /// <summary>Counts messages from zero again, after the sender has reset its side (RFC 6525; RFC 8260 section 2.3.2).</summary>
    public void Reset() => _nextOrdered = _latestUnordered = 0;

    /// <summary>The sender has given up ordered messages up to a number (RFC 3758): forgets their fragments, hands over those of them that are whole, and what waited behind them.</summary>
    /// <returns>The part of the window that is free again.</returns>
    public int SkipOrdered(uint messageId, Queue<SctpMessage> completed)
    {
        long last = UnwrapOrdered(messageId);
        int freed = _ordered?.DropUpTo(FragmentPosition.EndOf(last)) ?? 0;
        while (_waiting.Count > 0 && _waiting.First() is { Key: long next, Value: FragmentRun whole } && next <= last)
        {
            _waiting.Remove(next);
            completed.Enqueue(whole.ToMessage(id));
        }

        if (last >= _nextOrdered) _nextOrdered = last + 1;
        DeliverWaiting(completed);
        return freed;
    }

    /// <summary>The sender has given up unordered messages up to a number (RFC 8260 section 2.3.1): forgets their fragments.</summary>
    /// <returns>The part of the window that is free again.</returns>
    public int SkipUnordered(uint messageId) => _unordered?.DropUpTo(FragmentPosition.EndOf(UnwrapUnordered(messageId))) ?? 0;

    /// <summary>The sender has given up everything up to a TSN: what is unordered, came in DATA chunks and is still incomplete there never gets whole.</summary>
    /// <returns>The part of the window that is free again.</returns>
    public int DropUnordered(long cumulativeTsn) => _unordered?.DropUpTo(new FragmentPosition(0, cumulativeTsn)) ?? 0;

    // What arrives was not delivered yet, so its number lies ahead, however far: senders that bound bytes only can have more small messages under way than half of all numbers.
    private long UnwrapArrived(uint messageId) =>
        isInterleaved ? UnwrapOrdered(messageId) : _nextOrdered + unchecked((ushort)((ushort)messageId - (ushort)_nextOrdered));

    private long UnwrapOrdered(uint messageId) =>
        _nextOrdered + (isInterleaved ? unchecked((int)(messageId - (uint)_nextOrdered)) : unchecked((short)((ushort)messageId - (ushort)_nextOrdered)));

    private long UnwrapUnordered(uint messageId)
    {
        if (!isInterleaved) return 0;
        long number = _latestUnordered + unchecked((int)(messageId - (uint)_latestUnordered));
        _latestUnordered = Math.Max(_latestUnordered, number);
        return number;
    }

    // A number that is used up, or used twice, is the peer's mistake: what comes under it is never delivered, and stays charged.
    private void KeepOrdered(long number, FragmentRun run, Queue<SctpMessage> completed)
    {
        if (number >= _nextOrdered && _waiting.TryAdd(number, run)) DeliverWaiting(completed);
    }

    private void DeliverWaiting(Queue<SctpMessage> completed)
    {
        while (_waiting.Remove(_nextOrdered, out FragmentRun? next))
        {
            _nextOrdered++;
            completed.Enqueue(next.ToMessage(id));
        }
    }
}
