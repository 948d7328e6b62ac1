using BerOfChat.Logs;
using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>An entry that changes who is in the room or what they may do, and that its author was allowed to write by all that it knew.</summary>
internal sealed class RoomOperation(MemberLog log, AppliedEntry entry, Bytes32 target, RoomRole role = RoomRole.Member, IReadOnlyList<RemovedHead>? heads = null)
{
    /// <summary>The author's log.</summary>
    public MemberLog Log => log;

    public Bytes32 Author => log.Account;

    public EntryType Type => entry.Entry.Header.Type;

    public ulong Sequence => entry.Entry.Header.Sequence;

    public ulong Order => entry.Order;

    public Bytes32 Hash => entry.Entry.Hash;

    /// <summary>What its author's clock said, in Unix milliseconds.</summary>
    public ulong WallTime => entry.Entry.Header.WallTime;

    /// <summary>The account that it is about.</summary>
    public Bytes32 Target => target;

    /// <summary>What ADD and ROLE give.</summary>
    public RoomRole Role => role;

    /// <summary>Whether it takes something away: REMOVE, and ROLE down to member.</summary>
    public bool IsRemoval => Type == EntryType.Remove || (Type == EntryType.Role && role == RoomRole.Member);

    /// <summary>Whether it gives something: ADD, and ROLE up to admin.</summary>
    public bool IsGrant => Type == EntryType.Add || (Type == EntryType.Role && role == RoomRole.Admin);

    public bool GivesAdmin => IsGrant && role == RoomRole.Admin;

    /// <summary>How many entries of a log are in its past, itself included.</summary>
    public ulong KnownOf(MemberLog ofLog) => ofLog.Index < entry.Clock.Length ? entry.Clock[ofLog.Index] : 0;

    /// <summary>Whether its author had seen another operation when writing this one.</summary>
    public bool IsAfter(RoomOperation other) => other != this && entry.HasSeen(other.Log, other.Sequence);

    public bool IsConcurrentWith(RoomOperation other) => other != this && !IsAfter(other) && !other.IsAfter(this);

    /// <summary>How many entries of a log a REMOVE lets stand.</summary>
    public ulong KeepsOf(Bytes32 ofLog)
    {
        ulong most = 0;
        foreach (RemovedHead head in heads ?? [])
        {
            if (head.Log == ofLog && head.Sequence > most) most = head.Sequence;
        }

        return most;
    }

    /// <summary>Whether a REMOVE or LEAVE of the account ends what this ADD or JOIN began: everything that was not written in knowledge of it.</summary>
    public bool IsEndedBy(RoomOperation ending) => ending.Target == target && !IsAfter(ending);
}
