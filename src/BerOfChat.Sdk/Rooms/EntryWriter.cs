using System.Buffers.Binary;
using BerOfChat.Identity;
using BerOfChat.Logs;
using BerOfChat.Primitives;
namespace BerOfChat.Rooms;

/// <summary>Writes this device's own log: the next entry always follows the last one and names what is new of the others.</summary>
internal sealed class EntryWriter(LocalIdentity identity, OwnLog log, IRandomSource random)
{
    /// <summary>The first entry of a room, whose hash is the room's id.</summary>
    public static LogEntry Create(LocalIdentity identity, OwnLog log, HistoryPolicy history, ulong wall, IRandomSource random)
    {
        Span<byte> nonce = stackalloc byte[Bytes32.Size];
        random.Fill(nonce);
        var header = new EntryHeader { Room = default, Log = log.Id, Sequence = 1, Previous = default, WallTime = wall, Dependencies = [], Type = EntryType.Create };
        return LogEntry.Create(header, CreatePayload.Encode(identity, Bytes32.Read(nonce), history, log.Id), log.Key);
    }

    public LogEntry WriteJoin(RoomTimeline timeline, ulong wall) =>
        WriteClear(timeline, EntryType.Join, AuthorProof.Encode(identity, timeline.Room, log.Id), wall);

    public LogEntry WriteClear(RoomTimeline timeline, EntryType type, ReadOnlySpan<byte> payload, ulong wall) =>
        LogEntry.Create(NextHeader(timeline, type, wall, default, default), payload, log.Key);

    public LogEntry WriteSealed(RoomTimeline timeline, EntryType type, Bytes32 epoch, ReadOnlySpan<byte> epochKey, string text, ulong wall)
    {
        Span<byte> salt = stackalloc byte[16];
        random.Fill(salt);
        EntryHeader header = NextHeader(timeline, type, wall, epoch, BinaryPrimitives.ReadUInt128BigEndian(salt));
        return LogEntry.Create(header, EntryCipher.Seal(epochKey, header, TextPayload.Encode(text)), log.Key);
    }

    private EntryHeader NextHeader(RoomTimeline timeline, EntryType type, ulong wall, Bytes32 epoch, UInt128 salt)
    {
        MemberLog? own = timeline.Find(log.Id);
        AppliedEntry? last = own is { Applied.Count: > 0 } ? own.Applied[^1] : null;
        List<EntryDependency> dependencies = [];
        foreach (MemberLog other in timeline.Logs)
        {
            if (other.Id == log.Id || other.Applied.Count == 0 || last?.HasSeen(other, (ulong)other.Applied.Count) == true) continue;
            if (dependencies.Count == LogLimits.MaxDependencies) break;
            dependencies.Add(new EntryDependency(other.Id, (ulong)other.Applied.Count, other.Applied[^1].Entry.HashPrefix));
        }

        return new EntryHeader
        {
            Room = timeline.Room,
            Log = log.Id,
            Sequence = (ulong)(own?.Entries.Count ?? 0) + 1,
            Previous = own?.Head.Hash ?? default,
            WallTime = wall,
            Dependencies = dependencies,
            Type = type,
            Epoch = epoch,
            Salt = salt,
        };
    }
}
