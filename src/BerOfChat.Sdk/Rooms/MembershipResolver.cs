using BerOfChat.Logs;
using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>Decides which operations count when some contradict each other.</summary>
/// <remarks>
/// A function of a set: the order in which operations came does not matter. Each was allowed by what its author knew; what remains to be decided are operations
/// that did not know of each other. Removals go first, by seniority of their authors; then grants, in order. Nobody removes the creator.
/// </remarks>
internal sealed class MembershipResolver
{
    private readonly RoomOperation _create;
    private readonly RoomOperation[] _joins;
    private readonly RoomOperation[] _leaves;
    private readonly RoomOperation[] _grants;
    private readonly List<RoomOperation> _removals = [];
    private HashSet<RoomOperation> _granted = [];

    private MembershipResolver(RoomOperation create, IReadOnlyCollection<RoomOperation> operations)
    {
        _create = create;
        _joins = [.. operations.Where(operation => operation.Type is EntryType.Create or EntryType.Join)];
        _leaves = [.. operations.Where(operation => operation.Type == EntryType.Leave)];
        _grants = [.. operations.Where(operation => operation.IsGrant).OrderBy(grant => (grant.Order, grant.Hash))];
    }

    public static MembershipView Resolve(IReadOnlyCollection<RoomOperation> operations)
    {
        if (operations.FirstOrDefault(operation => operation.Type == EntryType.Create) is not { } create) return MembershipView.Empty;
        var resolver = new MembershipResolver(create, operations);
        resolver._granted = resolver.WalkGrants();
        IEnumerable<RoomOperation> removals = operations.Where(operation => operation.IsRemoval)
            .OrderBy(removal => resolver.SeniorityOf(removal)).ThenBy(removal => (removal.Order, removal.Hash));
        foreach (RoomOperation removal in removals)
        {
            if (!resolver.HasRole(removal, resolver._granted)) continue;
            resolver._removals.Add(removal);
            resolver._granted = resolver.WalkGrants();
        }

        return resolver.BuildView();
    }

    /// <summary>The place of the ADD that let the author in, among all; the creator comes before everybody.</summary>
    private (ulong Order, Bytes32 Hash) SeniorityOf(RoomOperation operation) =>
        operation.Author == _create.Author || operation.Log.Sponsor is not { } sponsor ? default : (sponsor.Order, sponsor.Hash);

    private HashSet<RoomOperation> WalkGrants()
    {
        HashSet<RoomOperation> granted = [];
        foreach (RoomOperation grant in _grants)
        {
            bool isHit = _removals.Any(removal => removal.Target == grant.Target && removal.IsConcurrentWith(grant));
            if (!isHit && HasRole(grant, granted)) granted.Add(grant);
        }

        return granted;
    }

    /// <summary>Whether the author's role stands against the removals accepted so far: its own, and those of everybody from whom it came.</summary>
    private bool HasRole(RoomOperation operation, HashSet<RoomOperation> granted)
    {
        if (operation.Author == _create.Author) return true;
        if (IsVoid(operation) || _removals.Any(removal => removal.Target == operation.Author && removal.IsConcurrentWith(operation))) return false;
        return granted.Any(grant => grant.Type == EntryType.Add && grant.Target == operation.Author && operation.IsAfter(grant))
            && granted.Any(grant => grant.GivesAdmin && grant.Target == operation.Author && operation.IsAfter(grant));
    }

    /// <summary>Whether an accepted REMOVE of the author lets its log stand only up to an earlier entry.</summary>
    private bool IsVoid(RoomOperation operation) => CutoffOf(operation.Log) is { } last && operation.Sequence > last;

    private ulong? CutoffOf(MemberLog log)
    {
        ulong? last = null;
        foreach (RoomOperation removal in _removals)
        {
            if (removal.Type != EntryType.Remove || log.Join is not { } join || !join.IsEndedBy(removal)) continue;
            last = Math.Max(last ?? 0, removal.KeepsOf(log.Id));
        }

        return last;
    }

    private MembershipView BuildView()
    {
        RoomOperation[] endings = [.. _removals.Where(removal => removal.Type == EntryType.Remove), .. _leaves.Where(leave => !IsVoid(leave))];
        ILookup<Bytes32, RoomOperation> adds = _granted.Where(grant => grant.Type == EntryType.Add).Append(_create)
            .Where(add => !endings.Any(add.IsEndedBy)).ToLookup(add => add.Target);
        RoomOperation[] members = [.. _joins.Where(join => !endings.Any(join.IsEndedBy) && adds[join.Target].Any(add => add == join || join.IsAfter(add)))];
        Dictionary<Bytes32, ulong> cutoffs = [];
        foreach (RoomOperation join in _joins)
        {
            if (CutoffOf(join.Log) is { } last) cutoffs.Add(join.Log.Id, last);
        }

        return new MembershipView(
            adds.ToDictionary(account => account.Key, account => Describe(account.Key, account)),
            members.Select(join => join.Log.Id).ToHashSet(),
            cutoffs,
            [.. members, .. endings],
            endings);
    }

    /// <summary>The role is that of the first ADD that counts, unless a later ROLE says otherwise. The creator is an admin while in the room.</summary>
    private AddedAccount Describe(Bytes32 account, IEnumerable<RoomOperation> adds)
    {
        RoomOperation add = adds.MinBy(operation => (operation.Order, operation.Hash))!;
        if (account == _create.Author) return new AddedAccount(RoomRole.Admin, add);
        RoomOperation? newest = _granted.Concat(_removals)
            .Where(operation => operation.Type == EntryType.Role && operation.Target == account && operation.IsAfter(add))
            .MaxBy(operation => (operation.Order, operation.Log.Id, operation.Sequence));
        return new AddedAccount(newest?.Role ?? add.Role, add);
    }
}
