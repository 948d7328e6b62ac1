namespace BerOfChat.WebRtc.Buffers;

/// <summary>Blocks of full size that nobody uses, for all connections of the process. Smaller ones are left to the garbage collector.</summary>
internal static class BlockPool
{
    /// <summary>No more than 32 MiB are kept: what the queues of many busy connections rise and fall by.</summary>
    private const int MaxKept = 512;

    private static readonly Lock s_gate = new();
    private static readonly Stack<Block> s_kept = new();

    public static Block Rent(int size)
    {
        if (size == Block.MaxSize)
        {
            lock (s_gate)
            {
                if (s_kept.TryPop(out Block? block)) return block;
            }
        }

        return new Block(size);
    }

    public static void Return(Block block)
    {
        if (block.Bytes.Length != Block.MaxSize) return;
        lock (s_gate)
        {
            if (s_kept.Count < MaxKept) s_kept.Push(block);
        }
    }
}
