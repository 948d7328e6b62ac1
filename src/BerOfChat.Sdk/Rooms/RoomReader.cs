using System.Buffers.Binary;
using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Storage;

namespace BerOfChat.Rooms;

/// <summary>Turns applied entries into readable messages and numbers them: what was shown keeps its position for ever.</summary>
internal sealed class RoomReader(RoomTimeline timeline, EpochKeyring keys, RoomOutbox outbox, Bytes32 device)
{
    private readonly List<ShownMessage> _messages = [];
    private readonly HashSet<Bytes32> _shown = [];
    private readonly List<(MemberLog Log, AppliedEntry Entry)> _waiting = [];
    private MembershipView _lastMembership = MembershipView.Empty;
    private int _lastKeys;

    public IReadOnlyList<ShownMessage> Messages => _messages;

    /// <summary>Takes the positions that were stored. False when a row does not name a message that can be opened.</summary>
    public bool TryRestore(IReadOnlyList<ReadOnlyMemory<byte>> rows)
    {
        foreach (ReadOnlyMemory<byte> row in rows)
        {
            if (row.Length is not (RowSize or RowSizeWithoutArrival)) return false;
            MemberLog? log = timeline.Find(Bytes32.Read(row.Span[..Bytes32.Size]));
            if (log?.FindApplied(BinaryPrimitives.ReadUInt64BigEndian(row.Span[Bytes32.Size..])) is not { } entry) return false;
            ulong arrival = row.Length == RowSize ? BinaryPrimitives.ReadUInt64BigEndian(row.Span[RowSizeWithoutArrival..]) : entry.Entry.Header.WallTime;
            if (!TryOpen(log, entry, arrival)) return false;
        }

        return true;
    }

    /// <summary>Shows what can be opened of these; the rest waits for its key, unless its epoch never included this device.</summary>
    public void Show(List<(MemberLog Log, AppliedEntry Entry)> applied, ulong wall)
    {
        foreach ((MemberLog log, AppliedEntry entry) in applied)
        {
            if (entry.IsRefused || entry.Entry.Header.Type != EntryType.Message || _shown.Contains(entry.Entry.Hash)) continue;
            if (!timeline.IsRecipient(timeline.Epochs[entry.Entry.Header.Epoch], device)) continue;
            if (!IsDecided(log, entry, wall)) _waiting.Add((log, entry));
        }
    }

    /// <summary>Shows what waited for a key that is held now, and what stands again.</summary>
    public void ShowOpenable(ulong wall)
    {
        if (_waiting.Count == 0 || (_lastKeys == keys.Count && ReferenceEquals(_lastMembership, timeline.Membership))) return;
        (_lastKeys, _lastMembership) = (keys.Count, timeline.Membership);
        _waiting.RemoveAll(waiting => IsDecided(waiting.Log, waiting.Entry, wall));
    }

    /// <summary>Shows the entry if it can be. False when that may become possible later.</summary>
    private bool IsDecided(MemberLog log, AppliedEntry entry, ulong wall)
    {
        ulong sequence = entry.Entry.Header.Sequence;
        if (!timeline.Membership.Stands(log.Id, sequence) || !keys.Holds(entry.Entry.Header.Epoch)) return false;

        // What a current key does not open was made unreadable by its author: nobody will ever read it.
        if (!TryOpen(log, entry, wall)) return true;
        byte[] row = new byte[RowSize];
        log.Id.CopyTo(row);
        BinaryPrimitives.WriteUInt64BigEndian(row.AsSpan(Bytes32.Size), sequence);
        BinaryPrimitives.WriteUInt64BigEndian(row.AsSpan(RowSizeWithoutArrival), wall);
        outbox.Write(new RoomRecordWrite(RoomRecordKey.Position(_messages[^1].Position), row, MustBeNew: true), StoreDurability.Process);
        outbox.Raise(new RoomEvent.MessageShown());
        return true;
    }

    private bool TryOpen(MemberLog log, AppliedEntry applied, ulong arrival)
    {
        LogEntry entry = applied.Entry;
        if (keys.Find(entry.Header.Epoch) is not { } key || !EntryCipher.TryOpen(key.Span, entry, out byte[] plaintext)) return false;
        if (!TextPayload.TryDecode(plaintext, LogLimits.MaxMessageSize, out string? text)) return false;
        _messages.Add(new ShownMessage((ulong)_messages.Count + 1, entry, log.Account, applied.Order, text, arrival, applied.IsExposed));
        _shown.Add(entry.Hash);
        return true;
    }

    private const int RowSizeWithoutArrival = Bytes32.Size + sizeof(ulong);
    private const int RowSize = RowSizeWithoutArrival + sizeof(ulong);
}
