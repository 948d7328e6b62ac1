using BerOfChat.Primitives;
using BerOfChat.Logs;
using BerOfChat.Storage;
using BerOfChat.Sync;

namespace BerOfChat.Rooms;

/// <summary>Which epoch to write under, and how its key comes from and goes to the other devices.</summary>
internal sealed class RoomEpochs(RoomTimeline timeline, RoomSync sync, RoomOutbox outbox, Bytes32 device, IRandomSource random) : IDisposable
{
    private readonly Dictionary<Bytes32, MonotonicTime> _missing = [];
    private Bytes32? _expectedEpoch;
    private byte[]? _expectedKey;
    private MonotonicTime? _waitingSince;

    public EpochKeyring Keys { get; } = new(timeline.Room);

    /// <summary>When to ask for a key again, or to stop waiting for an epoch.</summary>
    public MonotonicTime? NextTimeout
    {
        get
        {
            MonotonicTime? next = _waitingSince is { } since ? since + AnnouncementTimeout : null;
            if (!sync.HasCompany) return next;
            foreach (MonotonicTime retry in _missing.Values) next = MonotonicTime.Earliest(next, retry);
            return next;
        }
    }

    /// <summary>Whether there is an epoch for exactly the devices that this replica knows, with or without its key.</summary>
    public bool HasCurrent => Candidates().Any();

    /// <summary>Whether this log has ever been given a key.</summary>
    public bool HoldsOneFor(Bytes32 log) => timeline.Epochs.Values.Any(epoch => epoch.Recipients.Contains(log) && Keys.Holds(epoch.Id));

    /// <summary>The newest epoch whose key is held and whose recipients are exactly the devices that this replica knows; null when there is none.</summary>
    public Bytes32? FindForWriting()
    {
        return Candidates().Where(epoch => Keys.Holds(epoch.Id)).MaxBy(epoch => (epoch.Order, epoch.Id))?.Id;
    }

    /// <summary>Whether to make an epoch now rather than to wait for the key of one that is announced, or about to be.</summary>
    public bool ShouldMakeOne(MonotonicTime now)
    {
        _waitingSince ??= now;
        if (sync.HasCompany && now - _waitingSince.Value < AnnouncementTimeout) return false;
        _waitingSince = null;
        return true;
    }

    /// <summary>Nobody needs an epoch just now.</summary>
    public void StopWaiting() => _waitingSince = null;

    public byte[] NewKey()
    {
        byte[] key = new byte[EpochKeyring.KeySize];
        random.Fill(key);
        return key;
    }

    /// <summary>Says which key belongs to the EPOCH entry that is about to be applied.</summary>
    public void Expect(Bytes32 epoch, byte[] key) => (_expectedEpoch, _expectedKey) = (epoch, key);

    public void HandleEpochApplied(Bytes32 id, MonotonicTime now)
    {
        Epoch epoch = timeline.Epochs[id];
        if (id == _expectedEpoch)
        {
            Keep(epoch, _expectedKey);
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(_expectedKey);
            (_expectedEpoch, _expectedKey) = (null, null);
        }
        else if (!Keys.Holds(id) && timeline.IsRecipient(epoch, device))
        {
            // The author sends the key unasked; asking is for when that did not arrive.
            _missing[id] = now + FirstRetry;
        }
    }

    /// <summary>Gives the key of an own epoch to every recipient that is there.</summary>
    public void Publish(Bytes32 id)
    {
        Epoch epoch = timeline.Epochs[id];
        foreach (SyncPeer peer in sync.Peers)
        {
            if (peer.IsGreeted && MayHave(peer, epoch)) outbox.Send(peer.Session, new SyncMessage.Key(timeline.Room, id, Keys.Find(id)));
        }
    }

    public void HandleKeyWant(SyncPeer peer, SyncMessage.KeyWant want)
    {
        foreach (Bytes32 id in want.Epochs)
        {
            ReadOnlyMemory<byte>? key = timeline.Epochs.TryGetValue(id, out Epoch? epoch) && MayHave(peer, epoch) ? Keys.Find(id) : null;
            outbox.Send(peer.Session, new SyncMessage.Key(timeline.Room, id, key));
        }
    }

    public void HandleKey(SyncMessage.Key message, MonotonicTime now)
    {
        if (message.Value is not { } key)
        {
            if (_missing.ContainsKey(message.Epoch)) _missing[message.Epoch] = now + RetryInterval;
            return;
        }

        if (timeline.Epochs.TryGetValue(message.Epoch, out Epoch? epoch)) Keep(epoch, key.Span);
    }

    /// <summary>Takes a row of the own store.</summary>
    public void Restore(ReadOnlySpan<byte> row)
    {
        if (row.Length == Bytes32.Size + EpochKeyring.KeySize && timeline.Epochs.TryGetValue(Bytes32.Read(row[..Bytes32.Size]), out Epoch? epoch))
            Keys.TryAdd(epoch, row[Bytes32.Size..]);
    }

    /// <summary>After loading: every epoch for which this device should have a key and has none is asked for.</summary>
    public void NoteMissing(MonotonicTime now)
    {
        foreach (Epoch epoch in timeline.Epochs.Values)
        {
            if (timeline.IsRecipient(epoch, device) && !Keys.Holds(epoch.Id)) _missing.TryAdd(epoch.Id, now);
        }
    }

    public void HandleTimeout(MonotonicTime now)
    {
        Bytes32[] due = [.. _missing.Where(entry => entry.Value <= now).Select(entry => entry.Key).Take(SyncLimits.MaxKeyWants)];
        if (due.Length == 0) return;
        foreach (SyncPeer peer in sync.Peers)
        {
            if (peer.IsGreeted) outbox.Send(peer.Session, new SyncMessage.KeyWant(timeline.Room, due));
        }

        foreach (Bytes32 epoch in due) _missing[epoch] = now + RetryInterval;
    }

    public void Dispose() => Keys.Dispose();

    /// <summary>
    /// Epochs made in knowledge of everything through which devices came and went, for exactly the devices that are here now. An older one may have had the same
    /// devices; going back to it would undo what its successor was made for. Who joins a room with open history needs no new one.
    /// </summary>
    private IEnumerable<Epoch> Candidates()
    {
        MembershipView now = timeline.Membership;
        bool isOpen = timeline.History == HistoryPolicy.All;
        return timeline.Epochs.Values.Where(epoch =>
            (isOpen ? epoch.Recipients.IsSubsetOf(now.Logs) : epoch.Recipients.SetEquals(now.Logs))
            && now.DeviceChanges.All(change => (isOpen && change.Type == EntryType.Join) || epoch.Entry.HasSeen(change.Log, change.Sequence)));
    }

    private bool MayHave(SyncPeer peer, Epoch epoch) => timeline.MemberLogs.Any(log =>
        log.Author.Certificate.DeviceAgreement == peer.Device && (timeline.History == HistoryPolicy.All || epoch.Recipients.Contains(log.Id)));

    private void Keep(Epoch epoch, ReadOnlySpan<byte> key)
    {
        if (!Keys.TryAdd(epoch, key)) return;
        _missing.Remove(epoch.Id);
        outbox.Write(new RoomRecordWrite(RoomRecordKey.EpochKey(epoch.Id), Keys.ToRow(epoch.Id)), StoreDurability.Power);
    }

    private static readonly TimeSpan AnnouncementTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);
}
