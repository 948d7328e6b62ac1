using System.Diagnostics.CodeAnalysis;
using BerOfChat.Identity;
using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>The logs of a room, and what follows from them: who is a member, which epochs there are, and in which order things happened.</summary>
/// <remarks>Depends on nothing but the entries: two replicas with the same entries agree on all of it, in whatever order these came.</remarks>
internal sealed class RoomTimeline(Bytes32 room)
{
    private readonly SortedDictionary<Bytes32, MemberLog> _logs = [];
    private readonly RoomMembership _membership = new();
    private readonly List<(MemberLog Log, ulong Sequence, DeviceList Devices)> _deviceLists = [];
    private readonly Dictionary<Bytes32, Epoch> _epochs = [];
    private CreatePayload? _create;

    /// <summary>The room's id.</summary>
    public Bytes32 Room => room;

    /// <summary>What the creator decided about history; <see cref="HistoryPolicy.None"/> until CREATE is applied.</summary>
    public HistoryPolicy History => _create?.History ?? HistoryPolicy.None;

    /// <summary>Bytes of entries that are stored and wait for their past.</summary>
    public long PendingBytes { get; private set; }

    public IReadOnlyCollection<MemberLog> Logs => _logs.Values;

    /// <summary>Who is in the room by all that is applied.</summary>
    public MembershipView Membership => _membership.Current;

    /// <summary>The devices that are in the room.</summary>
    public IEnumerable<MemberLog> MemberLogs => _logs.Values.Where(log => Membership.Logs.Contains(log.Id));

    /// <summary>Whether the epoch was made for a log of this device. A device that left and came back has had several.</summary>
    public bool IsRecipient(Epoch epoch, Bytes32 device) =>
        History == HistoryPolicy.All || epoch.Recipients.Any(log => Find(log)?.Author.Certificate.DeviceAgreement == device);

    /// <summary>Whether a device of an account gets the key of a sealed entry.</summary>
    public bool IsFor(LogEntry entry, Bytes32 account) =>
        History == HistoryPolicy.All || (_epochs.TryGetValue(entry.Header.Epoch, out Epoch? epoch) && epoch.Recipients.Any(log => Find(log)?.Account == account));

    /// <summary>The account that made the room; null until CREATE is applied.</summary>
    public Bytes32? Creator => _create?.Creator.Certificate.Account;

    public IReadOnlyDictionary<Bytes32, Epoch> Epochs => _epochs;

    public Bytes32 Digest => LogHead.Digest(Heads);

    public IEnumerable<LogHead> Heads => _logs.Values.Select(log => log.Head);

    public MemberLog? Find(Bytes32 log) => _logs.GetValueOrDefault(log);

    /// <summary>Whether the device has been in the room for longest: it makes the epoch after somebody left.</summary>
    public bool IsFirst(Bytes32 log) => MemberLogs.MinBy(Seniority)?.Id == log;

    /// <summary>Who becomes an admin when the last one leaves: whoever has been in for longest. Null when somebody else is one, or nobody else is there.</summary>
    public Bytes32? HeirOf(Bytes32 leaving)
    {
        MemberLog[] others = [.. MemberLogs.Where(log => log.Account != leaving)];
        return Membership.IsAdmin(leaving) && !others.Any(log => Membership.IsAdmin(log.Account)) ? others.MinBy(Seniority)?.Account : null;
    }

    /// <summary>A REMOVE that lets stand what is known here.</summary>
    public RemovePayload DescribeRemoval(Bytes32 account) => new(account, [.. _logs.Values.Where(log => log.Account == account && log.Applied.Count > 0)
        .Select(log => new RemovedHead(log.Id, (ulong)log.Applied.Count, log.Applied[^1].Entry.Hash))]);

    /// <summary>Whether an entry of a log, by default the last, was written in knowledge of every REMOVE of the account, by default of all accounts.</summary>
    public bool KnowsRemovals(Bytes32 log, ulong? sequence = null, Bytes32? account = null) =>
        Membership.Endings.Where(ending => ending.Type == EntryType.Remove && ending.Target == (account ?? ending.Target))
            .All(removal => Find(log) is { } own && own.FindApplied(sequence ?? (ulong)own.Applied.Count)?.HasSeen(removal.Log, removal.Sequence) == true);

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
            default:
                return entry.Header.Room == room && PayloadFormat.IsWellFormed(entry.Header.Type, payload);
        }
    }

    /// <summary>Takes the rows of the store, those of one log ascending. False when they do not fit together.</summary>
    public bool TryRestore(IReadOnlyList<ReadOnlyMemory<byte>> rows)
    {
        foreach (ReadOnlyMemory<byte> row in rows)
        {
            if (!LogEntry.TryParseRow(row, out LogEntry? entry) || !IsWellFormed(entry, out AuthorProof? author)) return false;
            LogHead head = Find(entry.Header.Log)?.Head ?? new LogHead(entry.Header.Log, 0, default);
            if (entry.Header.Sequence != head.Sequence + 1 || entry.Header.Previous != head.Hash) return false;
            Append(entry, author);
        }

        return true;
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

    /// <summary>Whether an entry that continues its log has its whole past applied here.</summary>
    public bool CanApply(LogEntry entry) => Find(entry.Header.Log)?.NextToApply is null
        && entry.Header.Dependencies.All(dependency => Find(dependency.Log)?.FindApplied(dependency.Sequence)?.Entry.HashPrefix == dependency.HashPrefix);

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

    private static (ulong Order, Bytes32 Hash, Bytes32 Log) Seniority(MemberLog log) => (log.Sponsor?.Order ?? 0, log.Sponsor?.Hash ?? default, log.Id);

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
            if (other?.FindApplied(dependency.Sequence) is not { } seen || seen.Entry.HashPrefix != dependency.HashPrefix) return false;
            order = Math.Max(order, seen.Order);
            for (int i = 0; i < seen.Clock.Length; i++) clock[i] = Math.Max(clock[i], seen.Clock[i]);
        }

        clock[log.Index] = entry.Header.Sequence;
        var candidate = new AppliedEntry(entry, clock, Math.Max(entry.Header.WallTime, order + 1), IsRefused: false, IsExposed: false);
        MembershipView past = _membership.At(candidate);
        bool isRefused = !TryTakeEffect(log, candidate, past);
        bool isExposed = !isRefused && entry.Header.Type.IsSealed() && !_epochs[entry.Header.Epoch].Recipients.IsSubsetOf(past.Logs);
        applied = candidate with { IsRefused = isRefused, IsExposed = isExposed };
        log.MarkApplied(applied);
        PendingBytes -= entry.Size;
        return true;
    }

    /// <summary>False when the entry is refused for ever: it stays in chain, digest and order. Decided by the entry's own past alone.</summary>
    private bool TryTakeEffect(MemberLog log, AppliedEntry applied, MembershipView past)
    {
        LogEntry entry = applied.Entry;
        ReadOnlySpan<byte> payload = entry.Payload.Span;
        if (entry.Header.Sequence == 1) return TryJoin(log, applied, past);
        if (!past.Logs.Contains(log.Id)) return false;
        bool isAdmin = past.IsAdmin(log.Account);
        switch (entry.Header.Type)
        {
            case EntryType.Create or EntryType.Join:
                return false;
            case EntryType.Add:
                return isAdmin && AddPayload.TryParse(payload, out AddPayload add) && _membership.TryAdd(new RoomOperation(log, applied, add.Account, add.Role));
            case EntryType.Remove:
                return isAdmin && RemovePayload.TryParse(payload, out RemovePayload? remove) && remove.Account != Creator
                    && _membership.TryAdd(new RoomOperation(log, applied, remove.Account, heads: remove.Heads));
            case EntryType.Role:
                return isAdmin && RolePayload.TryParse(payload, out RolePayload role) && role.Account != Creator && past.IsAdded(role.Account)
                    && _membership.TryAdd(new RoomOperation(log, applied, role.Account, role.Role));
            case EntryType.Leave:
                return _membership.TryAdd(new RoomOperation(log, applied, log.Account));
            case EntryType.Devices:
                if (DeviceList.TryParse(payload, out DeviceList? devices) && devices.Account == log.Account) _deviceLists.Add((log, entry.Header.Sequence, devices));
                return true;
            case EntryType.Epoch:
                _epochs.Add(entry.Hash, new Epoch(entry.Hash, Bytes32.Read(payload), past.Logs, applied, log));
                return true;
            case EntryType.Title when !isAdmin:
                return false;
            default:
                return !entry.Header.Type.IsSealed()
                    || (_epochs.TryGetValue(entry.Header.Epoch, out Epoch? epoch) && applied.HasSeen(epoch.Author, epoch.Entry.Entry.Header.Sequence));
        }
    }

    private bool TryJoin(MemberLog log, AppliedEntry applied, MembershipView past)
    {
        var join = new RoomOperation(log, applied, log.Account);
        RoomOperation? sponsor = null;
        if (join.Type == EntryType.Create)
        {
            if (!CreatePayload.TryParse(applied.Entry.Payload.Span, log.Id, out _create)) return false;
        }
        else
        {
            if (!past.Accounts.TryGetValue(log.Account, out AddedAccount? added) || !IsDeviceValid(log, applied)) return false;
            sponsor = added.Add;
        }

        // First: who is in the room by all operations depends on what each log says of itself.
        log.Admit(join, sponsor);
        return _membership.TryAdd(join);
    }

    /// <summary>Whether the newest device list that the JOIN carries or knew of has the device.</summary>
    private bool IsDeviceValid(MemberLog log, AppliedEntry join)
    {
        IEnumerable<DeviceList> known = _logs.Values.Where(other => other.Account == log.Account && join.HasSeen(other, 1)).Select(other => other.Author.Devices)
            .Concat(_deviceLists.Where(entry => entry.Devices.Account == log.Account && join.HasSeen(entry.Log, entry.Sequence)).Select(entry => entry.Devices));
        return known.Append(log.Author.Devices).MaxBy(list => list.Version)!.IsValid(log.Author.Certificate.DeviceSigning);
    }
}

/// <summary>An epoch as its entry announced it.</summary>
/// <param name="Id">The hash of the entry.</param>
/// <param name="Commitment">What the key must hash to.</param>
/// <param name="Recipients">The logs of the devices that may have the key.</param>
/// <param name="Entry">The entry.</param>
/// <param name="Author">Who made it.</param>
internal sealed record Epoch(Bytes32 Id, Bytes32 Commitment, IReadOnlySet<Bytes32> Recipients, AppliedEntry Entry, MemberLog Author)
{
    public ulong Order => Entry.Order;
}
