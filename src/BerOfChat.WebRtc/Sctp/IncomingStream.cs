using System.Diagnostics.CodeAnalysis;
using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Puts the fragments of one stream together, and its ordered messages in order.</summary>
/// <remarks>
/// What comes in order touches only the run at the tip. All others are known by both their ends, so a fragment costs the same however many wait: a peer that never ends its
/// messages gains nothing by it.
/// </remarks>
internal sealed class IncomingStream(ushort id, BlockChain chain)
{
    private readonly Dictionary<long, FragmentRun> _byFirst = [];
    private readonly Dictionary<long, FragmentRun> _byLast = [];
    private readonly SortedSet<(long Sequence, long First)> _incompleteOrdered = [];
    private readonly SortedSet<long> _incompleteUnordered = [];
    private readonly SortedDictionary<long, FragmentRun> _waiting = [];
    private FragmentRun? _tip;
    private long _nextSequence;

    /// <summary>Whether it keeps nothing but the number of the next message.</summary>
    public bool IsEmpty => _tip is null && _byFirst.Count == 0 && _waiting.Count == 0;

    /// <summary>Takes a new fragment and hands over every message that it completes.</summary>
    public void Add(long tsn, DataChunk chunk, Queue<SctpMessage> completed)
    {
        long? sequence = chunk.Flags.HasFlag(DataFlags.Unordered) ? null : Unwrap(chunk.StreamSequence);
        if (chunk.Flags.HasFlag(DataFlags.Begin | DataFlags.End) && (sequence is null || (sequence == _nextSequence && _waiting.Count == 0)))
        {
            if (sequence is not null) _nextSequence++;
            completed.Enqueue(new SctpMessage(id, chunk.PayloadProtocol, chain.Write(chunk.Payload), chunk.Payload.Length + SctpLimits.ChunkOverhead));
            return;
        }

        if (_tip is { } tip && tip.Last == tsn - 1 && tip.IsFollowedBy(chunk, sequence))
        {
            tip.Append(chunk, chain);
            if (_byFirst.Count > 0 && TryTakeNeighbour(_byFirst, tsn + 1, tip, out FragmentRun? next)) tip.Join(next);
            if (!tip.IsWhole) return;
            _tip = null;
            Complete(tip, completed);
            return;
        }

        KeepTip();
        FragmentRun run = new(tsn, sequence, chunk, chain);
        if (TryTakeNeighbour(_byLast, tsn - 1, run, out FragmentRun? before)) run = before.Join(run);
        if (TryTakeNeighbour(_byFirst, tsn + 1, run, out FragmentRun? after)) run = run.Join(after);
        if (run.IsWhole) Complete(run, completed);
        else _tip = run;
    }

    /// <summary>Counts streams from zero again, after the sender has reset its side.</summary>
    public void Reset() => _nextSequence = 0;

    /// <summary>The sender has given up ordered messages up to <paramref name="sequence"/> (RFC 3758): forgets their fragments, hands over those of them that are whole, and what waited behind them.</summary>
    /// <returns>The part of the window that is free again.</returns>
    public int Skip(ushort sequence, Queue<SctpMessage> completed)
    {
        KeepTip();
        long last = Unwrap(sequence);
        int freed = 0;
        while (_incompleteOrdered.Count > 0 && _incompleteOrdered.Min.Sequence <= last) freed += Drop(_incompleteOrdered.Min.First);
        while (_waiting.Count > 0 && _waiting.First() is { Key: long next, Value: FragmentRun whole } && next <= last)
        {
            _waiting.Remove(next);
            completed.Enqueue(whole.ToMessage(id));
        }

        if (last >= _nextSequence) _nextSequence = last + 1;
        DeliverInOrder(completed);
        return freed;
    }

    /// <summary>The sender has given up everything up to a TSN: what is unordered and still incomplete there never gets whole.</summary>
    /// <returns>The part of the window that is free again.</returns>
    public int DropUnordered(long cumulativeTsn)
    {
        KeepTip();
        int freed = 0;
        while (_incompleteUnordered.Count > 0 && _incompleteUnordered.Min <= cumulativeTsn) freed += Drop(_incompleteUnordered.Min);
        return freed;
    }

    private long Unwrap(ushort sequence) => _nextSequence + unchecked((short)(sequence - (ushort)_nextSequence));

    private void Complete(FragmentRun run, Queue<SctpMessage> completed)
    {
        if (run.Sequence is not { } sequence)
        {
            completed.Enqueue(run.ToMessage(id));
        }
        else if (sequence == _nextSequence && _waiting.Count == 0)
        {
            _nextSequence++;
            completed.Enqueue(run.ToMessage(id));
        }
        // A sequence number that is used up, or used twice, is the peer's mistake: what comes under it is never delivered, and stays charged.
        else if (sequence >= _nextSequence && _waiting.TryAdd(sequence, run))
        {
            DeliverInOrder(completed);
        }
    }

    private void DeliverInOrder(Queue<SctpMessage> completed)
    {
        while (_waiting.Remove(_nextSequence, out FragmentRun? next))
        {
            _nextSequence++;
            completed.Enqueue(next.ToMessage(id));
        }
    }

    private bool TryTakeNeighbour(Dictionary<long, FragmentRun> byEnd, long tsn, FragmentRun run, [NotNullWhen(true)] out FragmentRun? neighbour)
    {
        if (!byEnd.TryGetValue(tsn, out neighbour) || !(tsn < run.First ? neighbour.IsFollowedBy(run) : run.IsFollowedBy(neighbour))) return false;
        Take(neighbour);
        return true;
    }

    private void KeepTip()
    {
        if (_tip is not { } run) return;
        _tip = null;
        _byFirst.Add(run.First, run);
        _byLast.Add(run.Last, run);
        if (run.Sequence is { } sequence) _incompleteOrdered.Add((sequence, run.First));
        else _incompleteUnordered.Add(run.First);
    }

    private int Drop(long first)
    {
        FragmentRun run = _byFirst[first];
        Take(run);
        run.Release();
        return run.Charge;
    }

    private void Take(FragmentRun run)
    {
        _byFirst.Remove(run.First);
        _byLast.Remove(run.Last);
        if (run.Sequence is { } sequence) _incompleteOrdered.Remove((sequence, run.First));
        else _incompleteUnordered.Remove(run.First);
    }
}
