namespace BerOfChat.WebRtc.Buffers;

/// <summary>Writes bytes one after the other into blocks, so that a message costs a copy and no allocation. One thread at a time writes; slices are read and let go anywhere.</summary>
/// <remarks>
/// The first blocks are small: a connection that says little holds little. A byte that is kept keeps its whole block; when all blocks together come to more than the limit, what
/// is written gets memory of its own until some of them are back.
/// </remarks>
/// <param name="maxHeld">The most that the blocks may come to, in bytes.</param>
internal sealed class BlockChain(int maxHeld = int.MaxValue)
{
    private const int MinSize = 2 * 1024;
    private const int Growth = 4;

    private Block? _block;
    private int _offset;
    private int _nextSize = MinSize;
    private BlockChain? _root;
    private int _held;

    /// <summary>How much was written into the chain. A slice that ends here is continued by what is written next.</summary>
    public long Position { get; private set; }

    /// <summary>What the blocks come to that are not back yet, together with those of all branches.</summary>
    public int Held => Volatile.Read(ref (_root ?? this)._held);

    /// <summary>Another chain under the same limit.</summary>
    public BlockChain Branch() => new(maxHeld) { _root = _root ?? this };

    /// <summary>Copies the bytes; whoever gets the slice has to let it go.</summary>
    public BlockSlice Write(ReadOnlySpan<byte> bytes) => Write(bytes, out _);

    /// <summary>Copies the bytes; whoever gets the slice has to let it go.</summary>
    /// <param name="bytes">At least one.</param>
    /// <param name="end">Where in the chain it ends; negative when it lies outside.</param>
    public BlockSlice Write(ReadOnlySpan<byte> bytes, out long end)
    {
        // Everything before was let go: begins again, in memory that is still warm.
        if (_block is { Held: 1 }) _offset = 0;
        else if (_block is null || _offset == _block.Bytes.Length)
        {
            if (Held > maxHeld)
            {
                end = -1;
                BlockSlice apart = BlockSlice.Allocate(bytes.Length, out Span<byte> memory);
                bytes.CopyTo(memory);
                return apart;
            }

            MoveOn();
        }

        BlockSlice slice = new(_block!, _offset, bytes.Length);
        end = Position += bytes.Length;
        while (true)
        {
            int count = Math.Min(bytes.Length, _block!.Bytes.Length - _offset);
            _block.Hold(count);
            bytes[..count].CopyTo(_block.Bytes.AsSpan(_offset));
            _offset += count;
            bytes = bytes[count..];
            if (bytes.IsEmpty) return slice;
            MoveOn();
        }
    }

    /// <summary>Gives the last block back when nothing in it is held any more.</summary>
    public void Trim()
    {
        if (_block is not { Held: 1 } unused) return;
        _block = null;
        _nextSize = MinSize;
        unused.Release(1);
    }

    /// <summary>Nothing more will be written.</summary>
    public void Complete()
    {
        _block?.Release(1);
        _block = null;
    }

    /// <summary>A block is free.</summary>
    public void NoteReturned(int size) => Interlocked.Add(ref (_root ?? this)._held, -size);

    private void MoveOn()
    {
        Block next = BlockPool.Rent(_nextSize);
        Interlocked.Add(ref (_root ?? this)._held, _nextSize);
        next.Chain = this;
        next.Hold(1);
        if (_block is { } full)
        {
            full.Next = next;
            full.Release(1);
        }

        _block = next;
        _offset = 0;
        _nextSize = Math.Min(_nextSize * Growth, Block.MaxSize);
    }
}
