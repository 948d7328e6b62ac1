using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Judges a run of entries before anything of it is stored: it must continue a held log, hang together and end in a signature of its author.</summary>
internal sealed class RunVerifier(RoomTimeline timeline)
{
    private readonly List<(LogEntry Entry, AuthorProof? Author)> _entries = [];

    /// <summary>What may be stored, without what is held already.</summary>
    public IReadOnlyList<(LogEntry Entry, AuthorProof? Author)> Entries => _entries;

    /// <summary>The bytes of headers and payloads of these.</summary>
    public long Size { get; private set; }

    /// <summary>Where the run ends, once its signature is verified.</summary>
    public LogHead? LastHead { get; private set; }

    public RunVerdict Verify(IReadOnlyList<EntryBytes> run, ReadOnlySpan<byte> signature, Bytes32? expectedLog)
    {
        LogEntry? last = null;
        List<LogEntry> parsed = new(run.Count);
        foreach (EntryBytes bytes in run)
        {
            if (!LogEntry.TryParse(bytes.Header, bytes.Payload, out LogEntry? entry)) return RunVerdict.Malformed;
            if (last is null ? expectedLog is { } expected && entry.Header.Log != expected : !Continues(entry, last)) return RunVerdict.Malformed;
            parsed.Add(entry);
            last = entry;
        }

        if (last is null || !last.TryAttachSignature(signature)) return RunVerdict.Malformed;
        LastHead = new LogHead(last.Header.Log, last.Header.Sequence, last.Hash);
        return Fit(parsed);
    }

    private RunVerdict Fit(List<LogEntry> parsed)
    {
        LogHead held = timeline.Find(parsed[0].Header.Log)?.Head ?? new LogHead(parsed[0].Header.Log, 0, default);
        if (held.Sequence == 0 && timeline.Logs.Count >= SyncLimits.MaxHeads) return RunVerdict.TooMuch;
        foreach (LogEntry entry in parsed)
        {
            if (entry.Header.Sequence <= held.Sequence) continue;
            if (entry.Header.Sequence != held.Sequence + 1 || entry.Header.Previous != held.Hash) return RunVerdict.DoesNotContinue;
            if (!timeline.IsWellFormed(entry, out AuthorProof? author)) return RunVerdict.Malformed;
            _entries.Add((entry, author));
            held = new LogHead(held.Log, entry.Header.Sequence, entry.Hash);
            Size += entry.Size;
        }

        // What can be applied at once waits for nothing, and others may wait for it.
        bool waits = _entries.Count > 0 && !timeline.CanApply(_entries[0].Entry);
        return waits && timeline.PendingBytes + Size > MaxPendingBytes ? RunVerdict.TooMuch : RunVerdict.Storable;
    }

    private static bool Continues(LogEntry entry, LogEntry previous) =>
        entry.Header.Log == previous.Header.Log && entry.Header.Sequence == previous.Header.Sequence + 1 && entry.Header.Previous == previous.Hash;

    /// <summary>What a room keeps of entries whose past has not come yet.</summary>
    private const long MaxPendingBytes = 16L * 1024 * 1024;
}

/// <summary>What to do with a run.</summary>
internal enum RunVerdict
{
    /// <summary>Store <see cref="RunVerifier.Entries"/>, which may be none.</summary>
    Storable,

    /// <summary>End the session.</summary>
    Malformed,

    /// <summary>Well-formed, but there is a gap before it, or our branch of the log is another: ask for what is between.</summary>
    DoesNotContinue,

    /// <summary>Well-formed, but more than this replica keeps.</summary>
    TooMuch,
}
