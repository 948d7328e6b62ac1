using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>One device's log as this replica holds it: the entries stored, and how many of them are applied.</summary>
internal sealed class MemberLog(Bytes32 id, int index, AuthorProof author)
{
    private readonly List<LogEntry> _entries = [];
    private readonly List<AppliedEntry> _applied = [];

    /// <summary>The log's Ed25519 key.</summary>
    public Bytes32 Id => id;

    /// <summary>Where the log stands in clocks.</summary>
    public int Index => index;

    public AuthorProof Author => author;

    public Bytes32 Account => author.Certificate.Account;

    public IReadOnlyList<LogEntry> Entries => _entries;

    public IReadOnlyList<AppliedEntry> Applied => _applied;

    /// <summary>Its CREATE or JOIN, once that is applied; null as long as it is not, and for ever when it was refused.</summary>
    public RoomOperation? Join { get; private set; }

    /// <summary>The ADD that let it in: of several the first; CREATE for further devices of the creator. Null in the log of CREATE.</summary>
    public RoomOperation? Sponsor { get; private set; }

    public LogHead Head => _entries.Count == 0 ? new LogHead(id, 0, default) : new LogHead(id, (ulong)_entries.Count, _entries[^1].Hash);

    /// <summary>The next entry to apply, or null.</summary>
    public LogEntry? NextToApply => _applied.Count < _entries.Count ? _entries[_applied.Count] : null;

    public LogEntry? Find(ulong sequence) => sequence >= 1 && sequence <= (ulong)_entries.Count ? _entries[(int)(sequence - 1)] : null;

    public AppliedEntry? FindApplied(ulong sequence) => sequence >= 1 && sequence <= (ulong)_applied.Count ? _applied[(int)(sequence - 1)] : null;

    public void Append(LogEntry entry) => _entries.Add(entry);

    public void MarkApplied(AppliedEntry entry) => _applied.Add(entry);

    public void Admit(RoomOperation join, RoomOperation? sponsor) => (Join, Sponsor) = (join, sponsor);
}

/// <summary>An entry whose whole past is applied.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Clock">For each log, how many of its entries are in the past of this one, itself included.</param>
/// <param name="Order">s: later than everything its author had seen.</param>
/// <param name="IsRefused">Whether it stays in the chain without any effect.</param>
/// <param name="IsExposed">Whether its epoch has a recipient who was no member any more by what its author knew.</param>
internal sealed record AppliedEntry(LogEntry Entry, ulong[] Clock, ulong Order, bool IsRefused, bool IsExposed)
{
    /// <summary>Whether the first <paramref name="sequence"/> entries of a log are in the past.</summary>
    public bool HasSeen(MemberLog log, ulong sequence) => log.Index < Clock.Length && Clock[log.Index] >= sequence;
}
