namespace BerOfChat.WebRtc.Sctp;

/// <summary>Fragments of one message with consecutive TSNs. Two runs join in constant time.</summary>
internal sealed class FragmentRun
{
    private readonly Fragment _head;
    private readonly uint _payloadProtocol;
    private readonly bool _hasBegin;
    private bool _hasEnd;
    private Fragment _tail;
    private int _length;

    /// <summary>A run of one fragment; its bytes are copied.</summary>
    /// <param name="tsn">Its TSN.</param>
    /// <param name="sequence">The number of its message within the stream; null when the message is unordered.</param>
    /// <param name="chunk">The chunk it came in.</param>
    public FragmentRun(long tsn, long? sequence, DataChunk chunk)
    {
        _head = _tail = new Fragment(chunk.Payload.ToArray());
        _payloadProtocol = chunk.PayloadProtocol;
        _hasBegin = chunk.Flags.HasFlag(DataFlags.Begin);
        _hasEnd = chunk.Flags.HasFlag(DataFlags.End);
        _length = chunk.Payload.Length;
        First = Last = tsn;
        Sequence = sequence;
        Charge = chunk.Payload.Length + SctpLimits.ChunkOverhead;
    }

    public long First { get; }

    public long Last { get; private set; }

    public long? Sequence { get; }

    /// <summary>What it holds of the receive window.</summary>
    public int Charge { get; private set; }

    public bool IsWhole => _hasBegin && _hasEnd;

    /// <summary>Whether the other run, whose TSNs come right after, belongs to the same message.</summary>
    public bool IsFollowedBy(FragmentRun next) => !_hasEnd && !next._hasBegin && Sequence == next.Sequence;

    /// <summary>Takes over the run that comes right after.</summary>
    public FragmentRun Join(FragmentRun next)
    {
        _tail.Next = next._head;
        _tail = next._tail;
        _hasEnd = next._hasEnd;
        _length += next._length;
        Charge += next.Charge;
        Last = next.Last;
        return this;
    }

    public SctpMessage ToMessage(ushort stream)
    {
        if (_head.Next is null) return new SctpMessage(stream, _payloadProtocol, _head.Payload, Charge);
        byte[] payload = GC.AllocateUninitializedArray<byte>(_length);
        int offset = 0;
        for (Fragment? fragment = _head; fragment is not null; fragment = fragment.Next)
        {
            fragment.Payload.CopyTo(payload, offset);
            offset += fragment.Payload.Length;
        }

        return new SctpMessage(stream, _payloadProtocol, payload, Charge);
    }

    private sealed class Fragment(byte[] payload)
    {
        public byte[] Payload => payload;

        public Fragment? Next { get; set; }
    }
}
