using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Fragments of one message that follow one another. Two runs join in constant time, and one that grows by what has come right behind it stays one piece of memory.</summary>
internal sealed class FragmentRun
{
    private uint _payloadProtocol;
    private bool _hasBegin;
    private bool _hasEnd;
    private BlockSlice _head;
    private long _end;
    private Piece? _more;
    private Piece? _last;

    /// <summary>Begins a run with one fragment; its bytes are copied. What it held before is not its own any more.</summary>
    /// <param name="position">Where it stands.</param>
    /// <param name="chunk">The chunk it came in.</param>
    /// <param name="chain">Where the bytes go.</param>
    public void Begin(FragmentPosition position, DataChunk chunk, BlockChain chain)
    {
        _more = _last = null;
        _head = chain.Write(chunk.Payload, out _end);
        _payloadProtocol = chunk.PayloadProtocol;
        _hasBegin = chunk.Flags.Has(DataFlags.Begin);
        _hasEnd = chunk.Flags.Has(DataFlags.End);
        First = Last = position;
        Charge = chunk.Payload.Length + SctpLimits.ChunkOverhead;
    }

    public FragmentPosition First { get; private set; }

    public FragmentPosition Last { get; private set; }

    /// <summary>What it holds of the receive window.</summary>
    public int Charge { get; private set; }

    public bool IsWhole => _hasBegin && _hasEnd;

    /// <summary>Whether a fragment whose place is right after belongs to the same message.</summary>
    public bool IsFollowedBy(DataChunk chunk) => !_hasEnd && !chunk.Flags.Has(DataFlags.Begin);

    /// <summary>Whether the other run, whose place is right after, belongs to the same message.</summary>
    public bool IsFollowedBy(FragmentRun next) => !_hasEnd && !next._hasBegin;

    /// <summary>Takes the fragment that comes right after.</summary>
    public void Append(DataChunk chunk, BlockChain chain)
    {
        bool mayExtend = _more is null && chain.Position == _end;
        BlockSlice slice = chain.Write(chunk.Payload, out long end);
        if (mayExtend && end >= 0) (_head, _end) = (_head.Extend(slice.Length), end);
        else Append(new Piece(slice));
        _hasEnd = chunk.Flags.Has(DataFlags.End);
        Charge += chunk.Payload.Length + SctpLimits.ChunkOverhead;
        Last = Last.Next;
    }

    /// <summary>Takes over the run that comes right after.</summary>
    public FragmentRun Join(FragmentRun next)
    {
        Append(new Piece(next._head) { Next = next._more });
        if (next._last is not null) _last = next._last;
        _hasEnd = next._hasEnd;
        Charge += next.Charge;
        Last = next.Last;
        return this;
    }

    /// <summary>The message in one slice, put together anew if its fragments came out of order.</summary>
    public SctpMessage ToMessage(ushort stream)
    {
        if (_more is null) return new SctpMessage(stream, _payloadProtocol, _head, Charge);
        int length = _head.Length;
        for (Piece? piece = _more; piece is not null; piece = piece.Next) length += piece.Slice.Length;
        BlockSlice whole = BlockSlice.Allocate(length, out Span<byte> memory);
        _head.CopyTo(memory);
        memory = memory[_head.Length..];
        for (Piece? piece = _more; piece is not null; piece = piece.Next)
        {
            piece.Slice.CopyTo(memory);
            memory = memory[piece.Slice.Length..];
        }

        Release();
        return new SctpMessage(stream, _payloadProtocol, whole, Charge);
    }

    /// <summary>Lets its bytes go.</summary>
    public void Release()
    {
        _head.Release();
        for (Piece? piece = _more; piece is not null; piece = piece.Next) piece.Slice.Release();
    }

    private void Append(Piece piece)
    {
        if (_last is null) _more = piece;
        else _last.Next = piece;
        _last = piece;
    }

    private sealed class Piece(BlockSlice slice)
    {
        public BlockSlice Slice => slice;

        public Piece? Next { get; set; }
    }
}
