using BerOfChat.Storage;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>What leaves a replica: commits for the store, and messages and events that wait until the commit they speak of is durable.</summary>
/// <remarks>One commit is under way at a time; everything that is written meanwhile goes into the next, so that durability is paid once for many.</remarks>
internal sealed class RoomOutbox
{
    private readonly Queue<(ulong Commit, RoomOutput Output)> _waiting = new();
    private List<RoomRecordWrite> _writes = [];
    private ReadOnlyMemory<byte>? _state;
    private StoreDurability _durability;
    private ulong _committed;
    private bool _isCommitting;

    /// <summary>Whether something was written that no commit has taken yet.</summary>
    public bool HasWrites => _writes.Count > 0 || _state is not null;

    /// <summary>How many records wait for the next commit.</summary>
    public int WaitingWrites => _writes.Count;

    public void Write(RoomRecordWrite write, StoreDurability durability)
    {
        _writes.Add(write);
        if (durability > _durability) _durability = durability;
    }

    public void WriteState(StoredRoom state)
    {
        _state = state.Encode();
        _durability = StoreDurability.Power;
    }

    public void Send(int session, SyncMessage message) => Enqueue(new RoomOutput(session, message, null));

    public void Raise(RoomEvent e) => Enqueue(new RoomOutput(0, null, e));

    /// <summary>Takes what has been written since the last commit, when none is under way.</summary>
    public bool TryTakeCommit(out RoomCommit commit)
    {
        commit = default;
        if (_isCommitting || !HasWrites) return false;
        commit = new RoomCommit(_writes, _state, _durability);
        _writes = [];
        _state = null;
        _durability = StoreDurability.Process;
        _isCommitting = true;
        return true;
    }

    public void HandleCommitted()
    {
        if (!_isCommitting) throw new InvalidOperationException("No commit is under way.");
        _isCommitting = false;
        _committed = checked(_committed + 1);
    }

    public bool TryTake(out RoomOutput output)
    {
        output = default;
        if (!_waiting.TryPeek(out (ulong Commit, RoomOutput Output) next) || next.Commit > _committed) return false;
        output = _waiting.Dequeue().Output;
        return true;
    }

    private void Enqueue(RoomOutput output)
    {
        ulong commit = _committed;
        if (_isCommitting) commit++;
        if (HasWrites) commit++;
        _waiting.Enqueue((commit, output));
    }
}

/// <summary>What must become durable together.</summary>
internal readonly record struct RoomCommit(IReadOnlyList<RoomRecordWrite> Writes, ReadOnlyMemory<byte>? State, StoreDurability Durability);

/// <summary>Either a message for a session or an event for the owner.</summary>
internal readonly record struct RoomOutput(int Session, SyncMessage? Message, RoomEvent? Event);
