using System.Diagnostics.CodeAnalysis;
using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Puts the fragments of a stream's messages together, of the ordered or of the unordered ones.</summary>
/// <remarks>
/// What comes in order touches only the run at the tip. All others are known by both their ends, so a fragment costs the same however many wait: a peer that never ends its
/// messages gains nothing by it.
/// </remarks>
internal sealed class FragmentRuns(PartChains chains)
{
    private readonly Dictionary<FragmentPosition, FragmentRun> _byFirst = [];
    private readonly Dictionary<FragmentPosition, FragmentRun> _byLast = [];
    private readonly SortedSet<FragmentPosition> _incomplete = [];
    private BlockChain? _chain;
    private FragmentRun? _tip;
    private FragmentRun? _spare;

    public bool IsEmpty => _tip is null && _byFirst.Count == 0;

    /// <summary>Takes a new fragment; its bytes are copied. False when there is one in its place already.</summary>
    /// <param name="position">Where it stands.</param>
    /// <param name="chunk">The chunk it came in.</param>
    /// <param name="whole">The message that is whole by it, which is forgotten here; else null.</param>
    public bool TryAdd(FragmentPosition position, DataChunk chunk, out FragmentRun? whole)
    {
        whole = null;
        _chain ??= chains.Rent();
        if (_tip is { } run && run.Last == position.Previous && run.IsFollowedBy(chunk))
        {
            run.Append(chunk, _chain);
        }
        else
        {
            if (!TryKeepTip() || _byFirst.ContainsKey(position) || _byLast.ContainsKey(position)) return false;
            run = _spare ?? new FragmentRun();
            _spare = null;
            run.Begin(position, chunk, _chain);
            if (TryTakeNeighbour(_byLast, position.Previous, run, out FragmentRun? before)) run = before.Join(run);
        }

        if (_byFirst.Count > 0 && TryTakeNeighbour(_byFirst, position.Next, run, out FragmentRun? after)) run = run.Join(after);
        whole = run.IsWhole ? run : null;
        _tip = run.IsWhole ? null : run;
        ReturnChain();
        return true;
    }

    /// <summary>Takes back a run whose message was handed over, for the next one.</summary>
    public void Reuse(FragmentRun run) => _spare = run;

    /// <summary>Forgets all runs that begin at a position or before.</summary>
    /// <returns>The part of the window that is free again.</returns>
    public int DropUpTo(FragmentPosition last)
    {
        int freed = 0;
        if (!TryKeepTip())
        {
            // Its place is taken, so that it can never get whole.
            freed = _tip!.Charge;
            _tip.Release();
            _tip = null;
        }

        while (_incomplete.Count > 0 && _incomplete.Min is var first && first.CompareTo(last) <= 0)
        {
            FragmentRun run = _byFirst[first];
            Take(run);
            run.Release();
            freed += run.Charge;
        }

        ReturnChain();
        return freed;
    }

    private bool TryTakeNeighbour(Dictionary<FragmentPosition, FragmentRun> byEnd, FragmentPosition position, FragmentRun run, [NotNullWhen(true)] out FragmentRun? neighbour)
    {
        if (!byEnd.TryGetValue(position, out neighbour) || !(position.Index < run.First.Index ? neighbour.IsFollowedBy(run) : run.IsFollowedBy(neighbour))) return false;
        Take(neighbour);
        return true;
    }

    private bool TryKeepTip()
    {
        if (_tip is not { } run) return true;
        if (_byFirst.ContainsKey(run.First) || _byLast.ContainsKey(run.Last)) return false;
        _tip = null;
        _byFirst.Add(run.First, run);
        _byLast.Add(run.Last, run);
        _incomplete.Add(run.First);
        return true;
    }

    private void Take(FragmentRun run)
    {
        _byFirst.Remove(run.First);
        _byLast.Remove(run.Last);
        _incomplete.Remove(run.First);
    }

    private void ReturnChain()
    {
        if (!IsEmpty || _chain is not { } chain) return;
        _chain = null;
        chains.Return(chain);
    }
}
