using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>Who is in the room and as what, as it follows from a set of operations.</summary>
/// <param name="Accounts">The accounts that are added.</param>
/// <param name="Logs">The devices that have joined: their logs.</param>
/// <param name="Cutoffs">For logs of removed accounts, the last entry that stands. What comes after is void and hidden.</param>
/// <param name="DeviceChanges">The operations through which devices came and went.</param>
/// <param name="Endings">The REMOVEs and LEAVEs that count.</param>
internal sealed record MembershipView(
    IReadOnlyDictionary<Bytes32, AddedAccount> Accounts,
    IReadOnlySet<Bytes32> Logs,
    IReadOnlyDictionary<Bytes32, ulong> Cutoffs,
    IReadOnlyList<RoomOperation> DeviceChanges,
    IReadOnlyList<RoomOperation> Endings)
{
    /// <summary>A room of which nothing is known yet.</summary>
    public static MembershipView Empty { get; } =
        new(new Dictionary<Bytes32, AddedAccount>(), new HashSet<Bytes32>(), new Dictionary<Bytes32, ulong>(), [], []);

    /// <summary>Whether the account was added, or made the room, and has neither left nor been removed since.</summary>
    public bool IsAdded(Bytes32 account) => Accounts.ContainsKey(account);

    public bool IsAdmin(Bytes32 account) => Accounts.TryGetValue(account, out AddedAccount? added) && added.Role == RoomRole.Admin;

    /// <summary>Whether the entry stands: nobody was removed who wrote it later than the REMOVE allows.</summary>
    public bool Stands(Bytes32 log, ulong sequence) => !Cutoffs.TryGetValue(log, out ulong last) || sequence <= last;

    /// <summary>Why the account is out; the newest reason when there are several, null when it was never in.</summary>
    public RoomOperation? EndingOf(Bytes32 account) =>
        Endings.Where(ending => ending.Target == account).MaxBy(ending => (ending.Order, ending.Hash));
}

/// <summary>An account that is in the room, with a device or not yet.</summary>
/// <param name="Role">What it may do.</param>
/// <param name="Add">The ADD that counts: of several the first. CREATE stands for the creator's.</param>
internal sealed record AddedAccount(RoomRole Role, RoomOperation Add);
