namespace BerOfChat.WebRtc.Buffers;

/// <summary>Bytes that a chain has written, through one block or several. Holds them until it is let go, once.</summary>
internal readonly struct BlockSlice(Block first, int offset, int length)
{
    public int Length => length;

    /// <summary>Memory of its own, for one slice.</summary>
    public static BlockSlice Allocate(int length, out Span<byte> memory)
    {
        Block own = new(length);
        own.Hold(length);
        memory = own.Bytes;
        return new BlockSlice(own, 0, length);
    }

    /// <summary>Whether it lies in one piece, so that <see cref="Memory"/> is all of it.</summary>
    public bool IsContiguous => first is null || length <= first.Bytes.Length - offset;

    /// <summary>What lies in the first block.</summary>
    public ReadOnlyMemory<byte> Memory => first is null ? default : first.Bytes.AsMemory(offset, Math.Min(length, first.Bytes.Length - offset));

    public void CopyTo(Span<byte> destination)
    {
        Block block = first;
        int start = offset;
        for (int rest = length; rest > 0;)
        {
            int count = Math.Min(rest, block.Bytes.Length - start);
            block.Bytes.AsSpan(start, count).CopyTo(destination);
            destination = destination[count..];
            rest -= count;
            if (rest == 0) return;
            block = block.Next!;
            start = 0;
        }
    }

    public byte[] ToArray()
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Cuts it in two, of which each is to be let go by itself.</summary>
    public BlockSlice Split(int count, out BlockSlice rest)
    {
        BlockSlice front = new(first, offset, count);
        Block block = first;
        int start = offset + count;
        while (start >= block.Bytes.Length && count < length)
        {
            start -= block.Bytes.Length;
            block = block.Next!;
        }

        // The caller may put the rest where this slice is.
        rest = new BlockSlice(block, start, length - count);
        return front;
    }

    /// <summary>With so many bytes more, which the chain has written right behind it.</summary>
    public BlockSlice Extend(int count) => new(first, offset, length + count);

    public void Release()
    {
        Block block = first;
        int start = offset;
        for (int rest = length; rest > 0;)
        {
            int count = Math.Min(rest, block.Bytes.Length - start);
            Block? next = block.Next;
            block.Release(count);
            rest -= count;
            if (rest == 0) return;
            block = next!;
            start = 0;
        }
    }
}
