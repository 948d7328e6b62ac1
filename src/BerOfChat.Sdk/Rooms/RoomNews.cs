using BerOfChat.Logs;
using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>Tells what has become of the members since it was asked last.</summary>
internal sealed class RoomNews(RoomTimeline timeline, RoomOutbox outbox)
{
    private MembershipView _known = MembershipView.Empty;
    private Dictionary<Bytes32, RoomRole> _present = [];

    /// <summary>Looks at the members without telling: what was so when the room was opened, or before we came, is no news.</summary>
    public void Skip() => (_known, _present) = (timeline.Membership, Present());

    /// <param name="isTold">Whether each change is told, or only that there is one: to who comes in, all that was before is not news.</param>
    public void Raise(bool isTold)
    {
        if (ReferenceEquals(_known, timeline.Membership)) return;
        outbox.Raise(new RoomEvent.MembersChanged());
        Dictionary<Bytes32, RoomRole> before = _present;
        Skip();
        if (!isTold) return;
        foreach ((Bytes32 account, RoomRole role) in _present)
        {
            if (!before.TryGetValue(account, out RoomRole last)) outbox.Raise(new RoomEvent.MemberChanged(account, RoomMemberChange.Joined, role, null));
            else if (last != role) outbox.Raise(new RoomEvent.MemberChanged(account, RoomMemberChange.RoleChanged, role, null));
        }

        foreach ((Bytes32 account, RoomRole role) in before)
        {
            if (_present.ContainsKey(account)) continue;
            bool isRemoved = _known.EndingOf(account) is { Type: EntryType.Remove };
            Bytes32? by = isRemoved ? _known.EndingOf(account)!.Author : null;
            outbox.Raise(new RoomEvent.MemberChanged(account, isRemoved ? RoomMemberChange.Removed : RoomMemberChange.Left, role, by));
        }
    }

    private Dictionary<Bytes32, RoomRole> Present()
    {
        Dictionary<Bytes32, RoomRole> present = [];
        foreach (MemberLog log in timeline.MemberLogs) present[log.Account] = timeline.Membership.Accounts[log.Account].Role;
        return present;
    }
}
