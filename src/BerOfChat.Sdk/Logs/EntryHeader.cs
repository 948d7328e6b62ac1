using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using BerOfChat.Primitives;

namespace BerOfChat.Logs;

/// <summary>The header of an entry: where it stands in its log, what its author knew, and what its payload is.</summary>
internal sealed class EntryHeader
{
    /// <summary>How many bytes at the end the sealing of the payload does not cover: its length and hash, known only afterwards.</summary>
    public const int PayloadFieldsSize = sizeof(uint) + Bytes32.Size;

    /// <summary>The room; zero in CREATE, whose hash becomes the room's id.</summary>
    public required Bytes32 Room { get; init; }

    /// <summary>The log: the author's Ed25519 key in this room.</summary>
    public required Bytes32 Log { get; init; }

    /// <summary>The place in the log, from 1.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>The hash of the entry before; zero for the first.</summary>
    public required Bytes32 Previous { get; init; }

    /// <summary>What the author's clock said, unix milliseconds.</summary>
    public required ulong WallTime { get; init; }

    /// <summary>What the author had applied of other logs since the entry before, ascending by log.</summary>
    public required IReadOnlyList<EntryDependency> Dependencies { get; init; }

    public required EntryType Type { get; init; }

    /// <summary>The epoch whose key seals the payload; zero in clear entries.</summary>
    public Bytes32 Epoch { get; init; }

    /// <summary>Makes every entry's key its own; zero in clear entries.</summary>
    public UInt128 Salt { get; init; }

    /// <summary>The size of the header's bytes.</summary>
    public int Size => FixedSize + (Dependencies.Count * EntryDependency.Size);

    /// <summary>Reads a header. False when it is malformed; the payload's length and hash are given back for the caller to compare.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out EntryHeader? header, out uint payloadLength, out Bytes32 payloadHash)
    {
        header = null;
        payloadLength = 0;
        payloadHash = default;
        if (source.Length is < FixedSize or > LogLimits.MaxPartSize || source[0] != Version) return false;

        var reader = new SpanReader(source[1..]);
        Bytes32 room = Read32(ref reader);
        Bytes32 log = Read32(ref reader);
        _ = reader.TryReadUInt64(out ulong sequence);
        Bytes32 previous = Read32(ref reader);
        _ = reader.TryReadUInt64(out ulong wallTime);
        _ = reader.TryReadUInt16(out ushort count);
        if (count > LogLimits.MaxDependencies || source.Length != FixedSize + (count * EntryDependency.Size)) return false;
        if (!TryReadDependencies(ref reader, count, log, out EntryDependency[]? dependencies)) return false;

        _ = reader.TryReadUInt16(out ushort type);
        Bytes32 epoch = Read32(ref reader);
        _ = reader.TryReadBytes(16, out ReadOnlySpan<byte> salt);
        _ = reader.TryReadUInt32(out payloadLength);
        payloadHash = Read32(ref reader);
        header = new EntryHeader
        {
            Room = room,
            Log = log,
            Sequence = sequence,
            Previous = previous,
            WallTime = wallTime,
            Dependencies = dependencies,
            Type = (EntryType)type,
            Epoch = epoch,
            Salt = BinaryPrimitives.ReadUInt128BigEndian(salt),
        };
        return header.IsWellFormed() && payloadLength <= LogLimits.MaxPartSize;
    }

    /// <summary>Writes everything but the payload's length and hash: what the sealing covers.</summary>
    /// <param name="destination">At least <see cref="Size"/> − <see cref="PayloadFieldsSize"/> bytes.</param>
    public void WriteWithoutPayloadFields(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.WriteByte(Version);
        Write32(ref writer, Room);
        Write32(ref writer, Log);
        writer.WriteUInt64(Sequence);
        Write32(ref writer, Previous);
        writer.WriteUInt64(WallTime);
        writer.WriteUInt16((ushort)Dependencies.Count);
        Span<byte> prefix = stackalloc byte[16];
        foreach (EntryDependency dependency in Dependencies)
        {
            Write32(ref writer, dependency.Log);
            writer.WriteUInt64(dependency.Sequence);
            BinaryPrimitives.WriteUInt128BigEndian(prefix, dependency.HashPrefix);
            writer.WriteBytes(prefix);
        }

        writer.WriteUInt16((ushort)Type);
        Write32(ref writer, Epoch);
        BinaryPrimitives.WriteUInt128BigEndian(prefix, Salt);
        writer.WriteBytes(prefix);
    }

    private bool IsWellFormed()
    {
        if (Sequence is 0 or >= LogLimits.FirstUnsafeInteger || WallTime >= LogLimits.FirstInvalidWallTime) return false;
        if ((Sequence == 1) != (Previous == Bytes32.Zero)) return false;
        if (Sequence == 1 && Type is not (EntryType.Create or EntryType.Join)) return false;
        if ((Type == EntryType.Create) != (Room == Bytes32.Zero)) return false;
        return Type.IsSealed() || (Epoch == Bytes32.Zero && Salt == UInt128.Zero);
    }

    private static bool TryReadDependencies(ref SpanReader reader, int count, Bytes32 ownLog, [NotNullWhen(true)] out EntryDependency[]? dependencies)
    {
        dependencies = new EntryDependency[count];
        for (int i = 0; i < count; i++)
        {
            Bytes32 log = Read32(ref reader);
            _ = reader.TryReadUInt64(out ulong sequence);
            _ = reader.TryReadBytes(16, out ReadOnlySpan<byte> prefix);
            bool ascends = i == 0 || dependencies[i - 1].Log.CompareTo(log) < 0;
            if (!ascends || log == ownLog || sequence is 0 or >= LogLimits.FirstUnsafeInteger) return false;
            dependencies[i] = new EntryDependency(log, sequence, BinaryPrimitives.ReadUInt128BigEndian(prefix));
        }

        return true;
    }

    private static Bytes32 Read32(ref SpanReader reader)
    {
        _ = reader.TryReadBytes(Bytes32.Size, out ReadOnlySpan<byte> value);
        return Bytes32.Read(value);
    }

    private static void Write32(ref SpanWriter writer, Bytes32 value)
    {
        Span<byte> bytes = stackalloc byte[Bytes32.Size];
        value.CopyTo(bytes);
        writer.WriteBytes(bytes);
    }

    private const byte Version = 1;
    private const int FixedSize = 1 + (2 * Bytes32.Size) + sizeof(ulong) + Bytes32.Size + sizeof(ulong) + sizeof(ushort) + sizeof(ushort) + Bytes32.Size + 16 + PayloadFieldsSize;
}
