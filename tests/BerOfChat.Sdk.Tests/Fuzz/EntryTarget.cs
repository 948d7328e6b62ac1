using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Fuzzing;
using BerOfChat.Identity;
using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Rooms;
using BerOfChat.Simulation;

namespace BerOfChat.Fuzz;

/// <summary>An entry as it travels: header, payload, and what the payload's type demands; and the plaintext of a sealed one.</summary>
/// <remarks>The input is u8 kind, then for 0 the u16 length of a header, the header, and the payload; for 1 the plaintext of a text.</remarks>
internal sealed class EntryTarget : FuzzTarget
{
    private readonly LocalIdentity _alice = FuzzIdentity.Alice;
    private static readonly OwnLog s_own = new([.. Enumerable.Repeat((byte)9, 32)]);
    private readonly LogEntry _create;
    private readonly RoomTimeline _timeline;

    public EntryTarget()
    {
        _create = EntryWriter.Create(_alice, s_own, HistoryPolicy.None, 1_700_000_000_000, new SeededRandomSource(1));
        _timeline = new RoomTimeline(_create.Hash);
    }

    public override IEnumerable<byte[]> Seeds
    {
        get
        {
            var writer = new EntryWriter(_alice, s_own, new SeededRandomSource(2));
            var timeline = new RoomTimeline(_create.Hash);
            yield return Frame(_create);
            yield return Frame(writer.WriteJoin(timeline, 1_700_000_000_001));
            timeline.IsWellFormed(_create, out AuthorProof? author);
            timeline.Append(_create, author);
            timeline.ApplyReady();
            yield return Frame(writer.WriteClear(timeline, EntryType.Add, new AddPayload(_alice.AccountKey, RoomRole.Member, 5).Encode(), 1_700_000_000_002));
            foreach (EntryType type in Enum.GetValues<EntryType>().Where(type => !type.IsSealed())) yield return Frame(writer.WriteClear(timeline, type, new byte[100], 1_700_000_000_003));
            yield return Frame(writer.WriteSealed(timeline, EntryType.Message, Bytes32.Read([.. Enumerable.Repeat((byte)1, 32)]), new byte[32], "hello", 1_700_000_000_004));
            yield return [1, .. TextPayload.Encode("hello")];
            yield return [1, .. TextPayload.Encode(new string('x', 300))];
        }
    }

    public override IReadOnlyList<byte[]> Words { get; } = MessagePackWords.All;

    public override byte[] Repair(byte[] input)
    {
        // The header names the payload's length and hash at its end.
        if (input.Length < 3 || input[0] % 2 == 1) return input;
        int length = BinaryPrimitives.ReadUInt16BigEndian(input.AsSpan(1));
        if (length < EntryHeader.PayloadFieldsSize || input.Length < 3 + length) return input;
        Span<byte> fields = input.AsSpan(3 + length - EntryHeader.PayloadFieldsSize, EntryHeader.PayloadFieldsSize);
        BinaryPrimitives.WriteInt32BigEndian(fields, input.Length - 3 - length);
        SHA256.HashData(input.AsSpan(3 + length), fields[sizeof(uint)..]);
        return input;
    }

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        if (input[0] % 2 == 1) return TextPayload.TryDecode(input[1..].ToArray(), LogLimits.MaxMessageSize, out string? text) ? HashCode.Combine(text.Length / 16) : 1;
        if (input.Length < 3) return 2;
        int length = BinaryPrimitives.ReadUInt16BigEndian(input[1..]);
        ReadOnlySpan<byte> rest = input[3..];
        if (rest.Length < length) return 3;
        if (!LogEntry.TryParse(rest[..length].ToArray(), rest[length..].ToArray(), out LogEntry? entry)) return 4;

        byte[] header = new byte[entry.Header.Size - EntryHeader.PayloadFieldsSize];
        entry.Header.WriteWithoutPayloadFields(header);
        if (!rest[..length].StartsWith(header)) throw new InvalidOperationException("A header written again is another.");
        if (!LogEntry.TryParseRow(entry.ToRow(), out LogEntry? row) || row.Hash != entry.Hash) throw new InvalidOperationException("A row gives back another entry.");
        bool isWellFormed = _timeline.IsWellFormed(entry, out AuthorProof? author);
        if (author is not null && !isWellFormed) throw new InvalidOperationException("A malformed entry has an author.");
        return HashCode.Combine(Enum.IsDefined(entry.Header.Type) ? entry.Header.Type : 0, Math.Min(entry.Header.Dependencies.Count, 4), isWellFormed, author is not null);
    }

    private static byte[] Frame(LogEntry entry)
    {
        byte[] input = [0, 0, 0, .. entry.HeaderBytes.Span, .. entry.Payload.Span];
        BinaryPrimitives.WriteUInt16BigEndian(input.AsSpan(1), (ushort)entry.HeaderBytes.Length);
        return input;
    }
}
