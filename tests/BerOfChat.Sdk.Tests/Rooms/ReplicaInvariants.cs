using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Storage;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>What must hold in every replica after every step, and of everything that it sends. One sentence each.</summary>
internal sealed class ReplicaInvariants
{
    private readonly Dictionary<Bytes32, ulong> _orders = [];
    private readonly Dictionary<ReplicaHost, Seen> _seen = [];

    public void Check(ReplicaHost host)
    {
        if (host.Replica is not { } replica) return;
        if (!_seen.TryGetValue(host, out Seen? seen) || seen.Replica != replica) _seen[host] = seen = new Seen(replica, seen?.Positions ?? []);
        for (; seen.Messages < replica.Messages.Count; seen.Messages++)
        {
            ShownMessage message = replica.Messages[seen.Messages];
            No_message_is_shown_twice(host, seen, message);
            No_message_is_shown_before_its_past_is_applied(host, message);
            Every_replica_gives_a_message_the_same_place_in_the_display(host, message);
        }

        if (seen.Commits == host.Commits) return;
        seen.Commits = host.Commits;
        A_position_that_is_durable_never_changes(host, seen);
        A_device_holds_only_keys_that_were_made_for_it(host, seen);
    }

    /// <summary>Nothing is sent that is not durable.</summary>
    public static void CheckSent(ReplicaHost host, SyncMessage message)
    {
        switch (message)
        {
            case SyncMessage.Live live:
                Nothing_is_sent_that_is_not_durable(host, live.Entry);
                break;
            case SyncMessage.Entries entries:
                foreach (EntryBytes entry in entries.Run) Nothing_is_sent_that_is_not_durable(host, entry);
                break;
            case SyncMessage.Ack ack:
                foreach (LogHead head in ack.Heads) Nothing_is_acknowledged_that_is_not_durable(host, head);
                break;
            case SyncMessage.Frontier frontier:
                foreach (LogHead head in frontier.Heads) Nothing_is_acknowledged_that_is_not_durable(host, head);
                break;
            case SyncMessage.Key { Value: not null } key:
                Assert.True(host.Rows.ContainsKey(RoomRecordKey.EpochKey(key.Epoch)), $"{host.Name} gives a key that is not durable.");
                break;
        }
    }

    private static void No_message_is_shown_twice(ReplicaHost host, Seen seen, ShownMessage message) =>
        Assert.True(seen.Shown.Add(message.Entry.Hash), $"{host.Name} shows a message twice.");

    private static void No_message_is_shown_before_its_past_is_applied(ReplicaHost host, ShownMessage message)
    {
        RoomTimeline timeline = host.Replica!.Timeline;
        Assert.True(timeline.Find(message.Entry.Header.Log)!.FindApplied(message.Entry.Header.Sequence) is { IsRefused: false }, $"{host.Name} shows what is not applied.");
        foreach (EntryDependency dependency in message.Entry.Header.Dependencies)
            Assert.True(timeline.Find(dependency.Log)?.FindApplied(dependency.Sequence) is not null, $"{host.Name} shows a message before its past.");
    }

    private void Every_replica_gives_a_message_the_same_place_in_the_display(ReplicaHost host, ShownMessage message)
    {
        if (!_orders.TryAdd(message.Entry.Hash, message.Order)) Assert.True(_orders[message.Entry.Hash] == message.Order, $"{host.Name} orders a message differently.");
    }

    private static void A_position_that_is_durable_never_changes(ReplicaHost host, Seen seen)
    {
        while (host.Rows.TryGetValue(RoomRecordKey.Position((ulong)seen.DurablePositions + 1), out _))
        {
            Bytes32 hash = host.Replica!.Messages[seen.DurablePositions].Entry.Hash;
            if (seen.Positions.Count == seen.DurablePositions) seen.Positions.Add(hash);
            Assert.True(seen.Positions[seen.DurablePositions] == hash, $"{host.Name} has another message at a position than before.");
            seen.DurablePositions++;
        }
    }

    /// <summary>So a removed device holds no key of a later epoch, and a newcomer none of an earlier one.</summary>
    private static void A_device_holds_only_keys_that_were_made_for_it(ReplicaHost host, Seen seen)
    {
        RoomTimeline timeline = host.Replica!.Timeline;
        foreach (RoomRecordKey key in host.Rows.Keys)
        {
            if (key.Table != StoreTable.EpochKeys || !seen.Keys.Add(key.Name)) continue;
            Assert.True(timeline.IsRecipient(timeline.Epochs[key.Name], host.Device), $"{host.Name} holds a key that was not made for it.");
        }
    }

    private static void Nothing_is_sent_that_is_not_durable(ReplicaHost host, EntryBytes bytes)
    {
        Assert.True(EntryHeader.TryParse(bytes.Header.Span, out EntryHeader? header, out _, out _));
        Assert.True(host.Rows.ContainsKey(RoomRecordKey.Entry(header.Log, header.Sequence)), $"{host.Name} sends an entry that is not durable.");
    }

    private static void Nothing_is_acknowledged_that_is_not_durable(ReplicaHost host, LogHead head) =>
        Assert.True(host.Rows.ContainsKey(RoomRecordKey.Entry(head.Log, head.Sequence)), $"{host.Name} acknowledges what is not durable.");

    private sealed class Seen(RoomReplica replica, List<Bytes32> positions)
    {
        public RoomReplica Replica => replica;

        public List<Bytes32> Positions => positions;

        public HashSet<Bytes32> Shown { get; } = [];

        public HashSet<Bytes32> Keys { get; } = [];

        public int Messages { get; set; }

        public int Commits { get; set; }

        public int DurablePositions { get; set; }
    }
}
