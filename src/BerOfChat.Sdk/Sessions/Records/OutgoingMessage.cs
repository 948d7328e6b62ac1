using BerOfChat.Primitives;

namespace BerOfChat.Sessions.Records;

/// <summary>How much of a message has been sealed. It starts as <c>default</c> and goes with one message on one lane.</summary>
internal struct OutgoingMessage
{
    private uint _id;
    private int _offset;
    private ushort _index;

    /// <summary>Whether the whole message has been sealed.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Seals the next record of the message and returns its size.</summary>
    public int Seal(ReadOnlySpan<byte> message, RecordSealer sealer, Span<byte> destination)
    {
        if (message.Length <= RecordFormat.MaxBodySize)
        {
            IsComplete = true;
            return sealer.Seal(FrameType.Data, [], message, destination);
        }

        // No two messages of a lane begin at the same counter, so its value names the message.
        if (_index == 0) _id = sealer.Counter;
        Span<byte> prefix = stackalloc byte[PrefixSize];
        var writer = new SpanWriter(prefix);
        writer.WriteUInt32(_id);
        writer.WriteUInt16(_index++);
        writer.WriteUInt16((ushort)((message.Length + MaxPartSize - 1) / MaxPartSize));

        ReadOnlySpan<byte> part = message.Slice(_offset, Math.Min(MaxPartSize, message.Length - _offset));
        _offset += part.Length;
        IsComplete = _offset == message.Length;
        return sealer.Seal(FrameType.Fragment, prefix, part, destination);
    }

    /// <summary>What stands before the bytes of a part: id, index, count.</summary>
    public const int PrefixSize = sizeof(uint) + (2 * sizeof(ushort));

    private const int MaxPartSize = RecordFormat.MaxBodySize - PrefixSize;
}
