using System.Diagnostics.CodeAnalysis;
using BerOfChat.Primitives;

namespace BerOfChat.Logs;

/// <summary>The payload of REMOVE: account[32], u16 n, n × (log[32], u64 seq, hash[32]): who goes, and how far each of its logs still counts.</summary>
internal sealed record RemovePayload(Bytes32 Account, IReadOnlyList<RemovedHead> Heads)
{
    public byte[] Encode()
    {
        byte[] bytes = new byte[FixedSize + (Heads.Count * RemovedHead.Size)];
        var writer = new SpanWriter(bytes);
        writer.WriteBytes(Account.ToArray());
        writer.WriteUInt16(checked((ushort)Heads.Count));
        foreach (RemovedHead head in Heads)
        {
            writer.WriteBytes(head.Log.ToArray());
            writer.WriteUInt64(head.Sequence);
            writer.WriteBytes(head.Hash.ToArray());
        }

        return bytes;
    }

    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out RemovePayload? payload)
    {
        payload = null;
        var reader = new SpanReader(source);
        if (!reader.TryReadBytes(Bytes32.Size, out ReadOnlySpan<byte> account) || !reader.TryReadUInt16(out ushort count)) return false;
        if (reader.Remaining != count * RemovedHead.Size) return false;
        var heads = new RemovedHead[count];
        for (int i = 0; i < count; i++)
        {
            _ = reader.TryReadBytes(Bytes32.Size, out ReadOnlySpan<byte> log);
            _ = reader.TryReadUInt64(out ulong sequence);
            _ = reader.TryReadBytes(Bytes32.Size, out ReadOnlySpan<byte> hash);
            if (sequence >= LogLimits.FirstUnsafeInteger) return false;
            heads[i] = new RemovedHead(Bytes32.Read(log), sequence, Bytes32.Read(hash));
        }

        payload = new RemovePayload(Bytes32.Read(account), heads);
        return true;
    }

    private const int FixedSize = Bytes32.Size + sizeof(ushort);
}

/// <summary>The last entry of a log that the author of a REMOVE lets stand.</summary>
internal readonly record struct RemovedHead(Bytes32 Log, ulong Sequence, Bytes32 Hash)
{
    public const int Size = Bytes32.Size + sizeof(ulong) + Bytes32.Size;
}
