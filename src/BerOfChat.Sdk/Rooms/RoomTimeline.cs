using System.Diagnostics.CodeAnalysis;
using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>The logs of a room, and what follows from them: who is a member, which epochs there are, and in which order things happened.</summary>
/// <remarks>Depends on nothing but the entries: two replicas with the same entries agree on all of it, in whatever order these came.</remarks>
internal sealed class RoomTimeline(Bytes32 room)
{
    private readonly SortedDictionary<Bytes32, MemberLog> _logs = [];
    private readonly List<Grant> _grants = [];
    private readonly Dictionary<Bytes32, Epoch> _epochs = [];
    private CreatePayload? _create;

    /// <summary>The room's id.</summary>
    public Bytes32 Room => room;

    /// <summary>What the creator decided about history; <see cref="HistoryPolicy.None"/> until CREATE is applied.</summary>
    public HistoryPolicy History => _create?.History ?? HistoryPolicy.None;

    /// <summary>Bytes of entries that are stored and wait for their past.</summary>
    public long PendingBytes { get; private set; }

    public IReadOnlyCollection<MemberLog> Logs => _logs.Values;

    public IEnumerable<MemberLog> MemberLogs => _logs.Values.Where(log => log.IsMember);

    public IReadOnlyDictionary<Bytes32, Epoch> Epochs => _epochs;

    public Bytes32 Digest => LogHead.Digest(Heads);

    public IEnumerable<LogHead> Heads => _logs.Values.Select(log => log.Head);

    public MemberLog? Find(Bytes32 log) => _logs.GetValueOrDefault(log);

    /// <summary>Whether the account was added to the room, or made it.</summary>
    public bool IsMember(Bytes32 account) => _create?.Creator.Certificate.Account == account || _grants.Any(grant => grant.Account == account);

    /// <summary>Who wrote the ADD that let this account in; null for the creator and for strangers.</summary>
    public MemberLog? SponsorOf(Bytes32 account) => _grants.Where(grant => grant.Account == account).Select(grant => grant.Author).FirstOrDefault();

    /// <summary>Whether the entry is well-formed on its own: its room, and what its type demands of its payload.</summary>
    public bool IsWellFormed(LogEntry entry, out AuthorProof? author)
    {
        author = null;
        ReadOnlySpan<byte> payload = entry.Payload.Span;
        switch (entry.Header.Type)
        {
            case EntryType.Create:
                if (entry.Hash != room || !CreatePayload.TryParse(payload, entry.Header.Log, out CreatePayload? create)) return false;
                author = create.Creator;
                return true;
            case EntryType.Join when entry.Header.Room == room:
                return AuthorProof.TryParse(payload, room, entry.Header.Log, out author);
            case EntryType.Add when entry.Header.Room == room:
                return AddPayload.TryParse(payload, out _);
            case EntryType.Epoch when entry.Header.Room == room:
                return payload.Length == Bytes32.Size;
            default:
                return entry.Header.Room == room;
        }
    }

    /// <summary>Stores an entry that is well-formed and continues its log.</summary>
    public void Append(LogEntry entry, AuthorProof? author)
    {
        if (!_logs.TryGetValue(entry.Header.Log, out MemberLog? log))
        {
            log = new MemberLog(entry.Header.Log, _logs.Count, author!);
            _logs.Add(log.Id, log);
        }

        log.Append(entry);
        PendingBytes += entry.Size;
    }

    /// <summary>Applies every entry whose past is complete, and returns these in the order in which they were applied.</summary>
    public List<(MemberLog Log, AppliedEntry Entry)> ApplyReady()
    {
        List<(MemberLog, AppliedEntry)> result = [];
        bool progress = true;
        while (progress)
        {
            progress = false;
            foreach (MemberLog log in _logs.Values)
            {
                while (log.NextToApply is { } next && TryApply(log, next, out AppliedEntry? applied))
                {
                    result.Add((log, applied));
                    progress = true;
                }
            }
        }

        return result;
    }

    private bool TryApply(MemberLog log, LogEntry entry, [NotNullWhen(true)] out AppliedEntry? applied)
    {
        applied = null;
        AppliedEntry? previous = log.Applied.Count == 0 ? null : log.Applied[^1];
        ulong order = previous?.Order ?? 0;
        ulong[] clock = new ulong[_logs.Count];
        previous?.Clock.CopyTo(clock, 0);
        foreach (EntryDependency dependency in entry.Header.Dependencies)
        {
            MemberLog? other = Find(dependency.Log);
            if (other?.FindApplied(dependency.Sequence) is not { } past || past.Entry.HashPrefix != dependency.HashPrefix) return false;
            order = Math.Max(order, past.Order);
            for (int i = 0; i < past.Clock.Length; i++) clock[i] = Math.Max(clock[i], past.Clock[i]);
        }

        clock[log.Index] = entry.Header.Sequence;
        var candidate = new AppliedEntry(entry, clock, Math.Max(entry.Header.WallTime, order + 1), IsRefused: false);
        applied = candidate with { IsRefused = !TryTakeEffect(log, candidate) };
        log.MarkApplied(applied);
        PendingBytes -= entry.Size;
        return true;
    }

    /// <summary>False when the entry is refused for ever: it stays in chain, digest and order.</summary>
    private bool TryTakeEffect(MemberLog log, AppliedEntry applied)
    {
        LogEntry entry = applied.Entry;
        if (entry.Header.Sequence > 1 && !log.IsMember) return false;
        switch (entry.Header.Type)
        {
            case EntryType.Create when entry.Header.Sequence == 1:
                return CreatePayload.TryParse(entry.Payload.Span, log.Id, out _create);
            case EntryType.Join when entry.Header.Sequence == 1:
                return MayJoin(log, applied);
            case EntryType.Add:
                if (!IsAdmin(log.Account, applied) || !AddPayload.TryParse(entry.Payload.Span, out AddPayload add)) return false;
                _grants.Add(new Grant(log, entry.Header.Sequence, add.Account, add.Role));
                return true;
            case EntryType.Epoch:
                HashSet<Bytes32> recipients = [.. MemberLogs.Where(member => applied.HasSeen(member, 1)).Select(member => member.Id)];
                _epochs.Add(entry.Hash, new Epoch(entry.Hash, Bytes32.Read(entry.Payload.Span), recipients, applied.Order, log, entry.Header.Sequence));
                return true;
            case EntryType.Message or EntryType.Title:
                return _epochs.TryGetValue(entry.Header.Epoch, out Epoch? epoch) && applied.HasSeen(epoch.Author, epoch.Sequence);
            default:
                return true;
        }
    }

    private bool MayJoin(MemberLog log, AppliedEntry join)
    {
        bool isAdded = log.Account == _create?.Creator.Certificate.Account
            || _grants.Any(grant => grant.Account == log.Account && join.HasSeen(grant.Author, grant.Sequence));
        AuthorProof newest = _logs.Values.Where(other => other.Account == log.Account && join.HasSeen(other, 1)).Select(other => other.Author)
            .Append(log.Author).MaxBy(proof => proof.Devices.Version)!;
        return isAdded && newest.Devices.IsValid(log.Author.Certificate.DeviceSigning);
    }

    private bool IsAdmin(Bytes32 account, AppliedEntry at) =>
        account == _create?.Creator.Certificate.Account
        || _grants.Any(grant => grant.Account == account && grant.Role == MemberRole.Admin && at.HasSeen(grant.Author, grant.Sequence));

    private sealed record Grant(MemberLog Author, ulong Sequence, Bytes32 Account, MemberRole Role);
}

/// <summary>An epoch as its entry announced it.</summary>
/// <param name="Id">The hash of the entry.</param>
/// <param name="Commitment">What the key must hash to.</param>
/// <param name="Recipients">The logs of the devices that may have the key.</param>
/// <param name="Order">s of the entry.</param>
/// <param name="Author">Who made it.</param>
/// <param name="Sequence">Where it stands in the author's log.</param>
internal sealed record Epoch(Bytes32 Id, Bytes32 Commitment, IReadOnlySet<Bytes32> Recipients, ulong Order, MemberLog Author, ulong Sequence);
