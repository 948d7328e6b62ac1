using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>One session as a room sees it: who is there, how far it says it is, and what we have asked it for.</summary>
internal sealed class SyncPeer(int session, Bytes32 account, Bytes32 device)
{
    private readonly Dictionary<Bytes32, LogHead> _heads = [];

    public int Session => session;

    public Bytes32 Account => account;

    /// <summary>The device's agreement key.</summary>
    public Bytes32 Device => device;

    /// <summary>Whether our HELLO has been sent: from then on the peer hears of everything new.</summary>
    public bool IsGreeted { get; set; }

    /// <summary>Whether it has been told all our heads since it was greeted.</summary>
    public bool HasFrontier { get; set; }

    /// <summary>Until when a device that this replica had never heard of may show that it is a member; null for others.</summary>
    public MonotonicTime? StrangerUntil { get; set; }

    /// <summary>Until when a device that was removed is told so in this session; null for others.</summary>
    public MonotonicTime? FarewellUntil { get; set; }

    public IEnumerable<LogHead> Heads => _heads.Values;

    /// <summary>What we have asked for and not yet received, by log.</summary>
    public Dictionary<Bytes32, OpenWant> Wants { get; } = [];

    public ulong HeldOf(Bytes32 log) => _heads.TryGetValue(log, out LogHead head) ? head.Sequence : 0;

    /// <summary>Notes how far the peer is. Heads only grow; false when this is nothing new.</summary>
    public bool Learn(LogHead head)
    {
        if (HeldOf(head.Log) >= head.Sequence || (_heads.Count >= SyncLimits.MaxHeads && !_heads.ContainsKey(head.Log))) return false;
        _heads[head.Log] = head;
        return true;
    }
}

/// <summary>A WANT that is being answered.</summary>
internal sealed class OpenWant
{
    /// <summary>Bytes of headers and payloads received for it.</summary>
    public long Received { get; set; }

    /// <summary>How far the peer was when it was asked: then the question is answered.</summary>
    public required ulong Target { get; init; }

    /// <summary>When to ask again, because nothing has come.</summary>
    public required MonotonicTime Deadline { get; set; }
}
