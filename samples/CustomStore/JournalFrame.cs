using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using BerOfChat;

namespace CustomStore;

/// <summary>A batch in the journal: u32 length, SHA-256 of the rest, operations (kind, table, partition[16], u8 length and row id, u32 length and value).</summary>
internal static class JournalFrame
{
    public static byte[] Create(StoreBatch batch)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(new byte[HeaderSize]);
        foreach (StoreOperation operation in batch.Operations)
        {
            writer.Write((byte)operation.Kind);
            writer.Write(operation.Key.Table);
            writer.Write(operation.Key.Partition.Span);
            writer.Write((byte)operation.Key.RowId.Length);
            writer.Write(operation.Key.RowId.Span);
            writer.Write(operation.Value.Length);
            writer.Write(operation.Value.Span);
        }

        byte[] frame = stream.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - HeaderSize);
        SHA256.HashData(frame.AsSpan(HeaderSize), frame.AsSpan(sizeof(int)));
        return frame;
    }

    /// <summary>Reads the first frame. False when it is not whole.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> journal, out int size, [NotNullWhen(true)] out List<StoreOperation>? operations)
    {
        operations = null;
        if (!IsWhole(journal.Span, out size)) return false;
        operations = [];
        ReadOnlyMemory<byte> rest = journal[HeaderSize..size];
        while (!rest.IsEmpty)
        {
            var kind = (StoreOperationKind)rest.Span[0];
            byte table = rest.Span[1];
            ReadOnlyMemory<byte> partition = rest.Slice(2, StoreKey.PartitionSize);
            rest = rest[(2 + StoreKey.PartitionSize)..];
            var key = new StoreKey(table, partition, rest.Slice(1, rest.Span[0]));
            rest = rest[(1 + rest.Span[0])..];
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest.Span);
            operations.Add(new StoreOperation(kind, key, rest.Slice(sizeof(int), length)));
            rest = rest[(sizeof(int) + length)..];
        }

        return true;
    }

    /// <summary>Whether a whole frame stands somewhere behind one that is not: then this is damage, not the end.</summary>
    public static bool IsFollowedByAnother(ReadOnlySpan<byte> rest)
    {
        for (int offset = 1; offset < rest.Length; offset++)
        {
            if (IsWhole(rest[offset..], out _)) return true;
        }

        return false;
    }

    public static void ThrowIfConflict(StoreBatch batch, SortedDictionary<StoreKey, byte[]> records)
    {
        Dictionary<StoreKey, bool> changed = [];
        foreach (StoreOperation operation in batch.Operations)
        {
            bool exists = changed.TryGetValue(operation.Key, out bool isThere) ? isThere : records.ContainsKey(operation.Key);
            if (operation.Kind == StoreOperationKind.Insert && exists)
                throw new BerOfChatException(BerOfChatErrorCode.StoreConflict, "A record that may be written once only exists already. Nothing of the batch was written.");
            changed[operation.Key] = operation.Kind != StoreOperationKind.Delete;
        }
    }

    public static void Apply(IEnumerable<StoreOperation> operations, SortedDictionary<StoreKey, byte[]> records)
    {
        foreach (StoreOperation operation in operations)
        {
            StoreKey key = operation.Key;
            if (operation.Kind == StoreOperationKind.Delete) records.Remove(key);
            else records[new StoreKey(key.Table, key.Partition.ToArray(), key.RowId.ToArray())] = operation.Value.ToArray();
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> journal, out int size)
    {
        size = 0;
        if (journal.Length < HeaderSize) return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(journal);
        if (length < 0 || length > journal.Length - HeaderSize) return false;
        size = HeaderSize + length;
        return SHA256.HashData(journal[HeaderSize..size]).AsSpan().SequenceEqual(journal.Slice(sizeof(int), SHA256.HashSizeInBytes));
    }

    private const int HeaderSize = sizeof(int) + SHA256.HashSizeInBytes;
}
