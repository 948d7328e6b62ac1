namespace BerOfChat.WebRtc.Buffers;

/// <summary>Memory for the bytes of many messages, written once from the start to the end. Given back when the last of them is let go, on whatever thread that happens.</summary>
internal sealed class Block(int size)
{
    public const int MaxSize = 64 * 1024;

    private int _held;

    public byte[] Bytes { get; } = GC.AllocateUninitializedArray<byte>(size);

    /// <summary>The chain that writes here; null when it serves a single slice.</summary>
    public BlockChain? Chain { get; set; }

    /// <summary>The block that the chain has written after this one.</summary>
    public Block? Next { get; set; }

    /// <summary>How many bytes are held, and one for the chain that still writes here.</summary>
    public int Held => Volatile.Read(ref _held);

    public void Hold(int count) => Interlocked.Add(ref _held, count);

    public void Release(int count)
    {
        if (Interlocked.Add(ref _held, -count) != 0) return;
        BlockChain? chain = Chain;
        Chain = null;
        Next = null;
        chain?.NoteReturned(Bytes.Length);
        BlockPool.Return(this);
    }
}
