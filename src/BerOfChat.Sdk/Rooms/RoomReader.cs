using System.Buffers.Binary;
using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Storage;

namespace BerOfChat.Rooms;

/// <summary>Turns applied entries into readable messages and numbers them: what was shown keeps its position for ever.</summary>
internal sealed class RoomReader(RoomTimeline timeline, EpochKeyring keys, RoomOutbox outbox, Bytes32 ownLog)
{
    private readonly List<ShownMessage> _messages = [];
    private readonly HashSet<Bytes32> _shown = [];
    private readonly List<(MemberLog Log, AppliedEntry Entry)> _locked = [];

    public IReadOnlyList<ShownMessage> Messages => _messages;

    /// <summary>Takes the positions that were stored. False when a row does not name a message that can be opened.</summary>
    public bool TryRestore(IReadOnlyList<ReadOnlyMemory<byte>> rows)
    {
        foreach (ReadOnlyMemory<byte> row in rows)
        {
            if (row.Length != RowSize) return false;
            MemberLog? log = timeline.Find(Bytes32.Read(row.Span[..Bytes32.Size]));
            if (log?.FindApplied(BinaryPrimitives.ReadUInt64BigEndian(row.Span[Bytes32.Size..])) is not { } entry || !TryOpen(log, entry)) return false;
        }

        return true;
    }

    /// <summary>Shows what can be opened of these; the rest waits for its key, unless its epoch never included this device.</summary>
    public void Show(List<(MemberLog Log, AppliedEntry Entry)> applied)
    {
        foreach ((MemberLog log, AppliedEntry entry) in applied)
        {
            if (entry.IsRefused || entry.Entry.Header.Type != EntryType.Message || _shown.Contains(entry.Entry.Hash)) continue;
            if (timeline.History != HistoryPolicy.All && !timeline.Epochs[entry.Entry.Header.Epoch].Recipients.Contains(ownLog)) continue;
            _locked.Add((log, entry));
        }

        ShowOpenable();
    }

    /// <summary>Shows what waited for a key that is held now.</summary>
    public void ShowOpenable()
    {
        if (_locked.Count == 0) return;
        int kept = 0;
        for (int i = 0; i < _locked.Count; i++)
        {
            (MemberLog log, AppliedEntry entry) = _locked[i];
            if (!keys.Holds(entry.Entry.Header.Epoch))
            {
                _locked[kept++] = _locked[i];
                continue;
            }

            // What a current key does not open was made unreadable by its author: nobody will ever read it.
            if (!TryOpen(log, entry)) continue;
            ShownMessage message = _messages[^1];
            byte[] row = new byte[RowSize];
            log.Id.CopyTo(row);
            BinaryPrimitives.WriteUInt64BigEndian(row.AsSpan(Bytes32.Size), entry.Entry.Header.Sequence);
            outbox.Write(new RoomRecordWrite(RoomRecordKey.Position(message.Position), row, MustBeNew: true), StoreDurability.Process);
            outbox.Raise(new RoomEvent.MessageShown());
        }

        _locked.RemoveRange(kept, _locked.Count - kept);
    }

    private bool TryOpen(MemberLog log, AppliedEntry applied)
    {
        LogEntry entry = applied.Entry;
        if (keys.Find(entry.Header.Epoch) is not { } key || !EntryCipher.TryOpen(key.Span, entry, out byte[] plaintext)) return false;
        if (!TextPayload.TryDecode(plaintext, LogLimits.MaxMessageSize, out string? text)) return false;
        _messages.Add(new ShownMessage((ulong)_messages.Count + 1, entry, log.Account, applied.Order, text));
        _shown.Add(entry.Hash);
        return true;
    }

    private const int RowSize = Bytes32.Size + sizeof(ulong);
}
