using BerOfChat.Cryptography;
using BerOfChat.Logs;
using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>Where this account stands: coming in, in, on its way out, or out.</summary>
internal sealed class RoomStanding(RoomTimeline timeline, RoomSync sync, RoomOutbox outbox, OwnLog own, Bytes32 account, StoredRoom stored)
{
    /// <summary>How long after its LEAVE a device goes on looking for somebody to hear of it.</summary>
    public static readonly TimeSpan LongestLeave = TimeSpan.FromDays(30);

    private RoomState _lastState;

    public StoredRoom Stored { get; private set; } = stored;

    public bool IsJoined => timeline.Membership.Logs.Contains(own.Id);

    /// <summary>Whether JOIN is still to be written, for the first time or again.</summary>
    public bool IsEntering => timeline.Find(own.Id)?.Join is null;

    /// <summary>Whether this device waits to read what is written for it, since it came in.</summary>
    public bool AwaitsEpoch { get; private set; } = true;

    /// <summary>Whether this account is in and can read, or was in.</summary>
    public bool IsReady { get; private set; }

    /// <summary>In, or out and why. Who comes in for the first time counts as in.</summary>
    public RoomState State
    {
        get
        {
            if (IsJoined || timeline.Membership.EndingOf(account) is not { } ending) return RoomState.Joined;
            return ending.Type == EntryType.Leave ? RoomState.Left : RoomState.Removed;
        }
    }

    /// <summary>Whether this account has left and must still be met by somebody who holds its LEAVE then.</summary>
    public bool IsLeaving => !Stored.IsDeparted && !IsEntering && State == RoomState.Left;

    /// <summary>When a LEAVE that nobody has heard of is given up.</summary>
    public MonotonicTime? NextTimeout { get; private set; }

    /// <summary>What a device keeps of a room that it is about to enter: with a room key of its own.</summary>
    public static StoredRoom NewRoom(string title, IReadOnlyList<string> addresses, Bytes32 sponsor, IRandomSource random)
    {
        byte[] seed = new byte[Ed25519PrivateKey.Size];
        random.Fill(seed);
        return new StoredRoom(seed, title, addresses, sponsor);
    }

    /// <summary>Whether there is anything to say to the account. Who leaves goes on until somebody else holds its LEAVE.</summary>
    public bool IsAllowed(Bytes32 peer)
    {
        if (Stored.IsDeparted) return false;
        if (IsEntering) return timeline.Membership.IsAdded(peer) || peer == Stored.Sponsor;
        return State != RoomState.Removed && timeline.Membership.IsAdded(peer);
    }

    /// <summary>Comes back, with a new room key that may write once a new ADD has come. Who is still on the way in takes what the new invitation says.</summary>
    public void Return(string title, IReadOnlyList<string> addresses, Bytes32 sponsor, IRandomSource random)
    {
        if (IsJoined) throw new InvalidOperationException("This account is in the room.");
        Stored = IsEntering ? Stored with { Title = title, Addresses = addresses, Sponsor = sponsor } : NewRoom(title, addresses, sponsor, random);
        own.Replace(Stored.RoomKeySeed.Span);
        AwaitsEpoch = true;
        outbox.WriteState(Stored);
    }

    /// <summary>After loading: what is so is no news.</summary>
    public void Restore(bool hadEpoch)
    {
        (AwaitsEpoch, IsReady) = (!hadEpoch, hadEpoch);
        _lastState = State;
    }

    /// <summary>Whoever came in can read now what the others write.</summary>
    public void HandleEpochUsable()
    {
        if (!AwaitsEpoch) return;
        AwaitsEpoch = false;
        IsReady = true;
        outbox.Raise(new RoomEvent.Ready());
    }

    public void RaiseState()
    {
        if (State != RoomState.Joined) IsReady = true;
        if (_lastState == State) return;
        _lastState = State;
        outbox.Raise(new RoomEvent.StateChanged());
    }

    /// <summary>
    /// Who is out departs as soon as nobody needs to hear of it any more: a LEAVE must be held by somebody else first, if there is anybody. It is given up after thirty days: those
    /// who have heard of it look for this device no more, so that it could wait for ever for an acknowledgement that was lost.
    /// </summary>
    public void TryDepart(ReplicaTime time)
    {
        NextTimeout = null;
        if (Stored.IsDeparted || IsEntering || State == RoomState.Joined) return;
        if (IsLeaving && timeline.Membership.Logs.Count > 0 && !sync.IsOwnLogKnown() && LeftOf(time) is { } left)
        {
            NextTimeout = time.Now + left;
            return;
        }

        Stored = Stored with { IsDeparted = true };
        outbox.WriteState(Stored);
        outbox.Raise(new RoomEvent.Departed());
    }

    /// <summary>For how long the LEAVE is still told; null when that time is over.</summary>
    private TimeSpan? LeftOf(ReplicaTime time)
    {
        ulong until = timeline.Membership.EndingOf(account)!.WallTime + (ulong)LongestLeave.TotalMilliseconds;
        if (time.Wall >= until) return null;

        // A clock that was set back since makes nobody wait for longer.
        return TimeSpan.FromMilliseconds(Math.Min(until - time.Wall, LongestLeave.TotalMilliseconds));
    }
}
