using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>What the author of an entry knew, itself included, by following what the entries themselves name; and what may be said to who was removed.</summary>
internal static class CausalPast
{
    /// <summary>The past of the only REMOVE that a replica holds.</summary>
    public static HashSet<Bytes32> OfRemoval(ReplicaHost host) =>
        Of(host.Replica!.Timeline, host.Replica.Timeline.Logs.SelectMany(log => log.Entries).Single(entry => entry.Header.Type == EntryType.Remove));

    public static HashSet<Bytes32> Of(RoomTimeline timeline, LogEntry entry)
    {
        HashSet<Bytes32> past = [];
        Stack<LogEntry> open = new([entry]);
        while (open.TryPop(out LogEntry? next))
        {
            if (!past.Add(next.Hash)) continue;
            if (next.Header.Sequence > 1) open.Push(timeline.Find(next.Header.Log)!.Find(next.Header.Sequence - 1)!);
            foreach (EntryDependency dependency in next.Header.Dependencies) open.Push(timeline.Find(dependency.Log)!.Find(dependency.Sequence)!);
        }

        return past;
    }

    /// <summary>No key, no greeting, and no entry or head from outside of that past.</summary>
    public static void AssertSaysNothingBeyond(HashSet<Bytes32> past, SyncMessage message)
    {
        switch (message)
        {
            case SyncMessage.Frontier frontier:
                Assert.All(frontier.Heads, head => Assert.Contains(head.Hash, past));
                break;
            case SyncMessage.Entries entries:
                Assert.All(entries.Run, bytes => Assert.True(LogEntry.TryParse(bytes.Header, bytes.Payload, out LogEntry? entry) && past.Contains(entry.Hash)));
                break;
            default:
                Assert.Fail($"{message.GetType().Name} is said to who was removed.");
                break;
        }
    }
}
