using System.Runtime.InteropServices;
using System.Security.Cryptography;
using BerOfChat.Logs;
using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>The operations of a room, and who is a member by all of them or by those that an entry knew.</summary>
internal sealed class RoomMembership
{
    private readonly List<RoomOperation> _operations = [];
    private readonly Dictionary<Bytes32, MembershipView> _views = [];

    /// <summary>By all operations.</summary>
    public MembershipView Current { get; private set; } = MembershipView.Empty;

    /// <summary>By the operations in the past of an entry.</summary>
    public MembershipView At(AppliedEntry entry)
    {
        List<int> past = [];
        for (int i = 0; i < _operations.Count; i++)
        {
            if (entry.HasSeen(_operations[i].Log, _operations[i].Sequence)) past.Add(i);
        }

        if (past.Count == _operations.Count) return Current;

        // Entries that are applied together mostly know the same operations.
        Bytes32 key = Bytes32.Read(SHA256.HashData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(past))));
        if (_views.TryGetValue(key, out MembershipView? view)) return view;
        if (_views.Count == MaxViews) _views.Clear();
        return _views[key] = MembershipResolver.Resolve([.. past.Select(i => _operations[i])]);
    }

    /// <summary>Takes an operation that its author was allowed to write. False when there are too many.</summary>
    public bool TryAdd(RoomOperation operation)
    {
        if (operation.Type is EntryType.Add or EntryType.Remove or EntryType.Role && _operations.Count(operation.IsAfter) >= LogLimits.MaxOperations) return false;
        _operations.Add(operation);
        Current = MembershipResolver.Resolve(_operations);
        return true;
    }

    private const int MaxViews = 64;
}
