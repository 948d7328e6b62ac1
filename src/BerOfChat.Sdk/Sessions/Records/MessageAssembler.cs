using BerOfChat.Primitives;

namespace BerOfChat.Sessions.Records;

/// <summary>Puts the messages of one lane together again from their frames.</summary>
internal sealed class MessageAssembler
{
    /// <summary>The largest message.</summary>
    public const int MaxMessageSize = 1_048_576;

    private byte[]? _buffer;
    private int _size;
    private uint _id;
    private ushort _count;
    private ushort _nextIndex;

    /// <summary>Takes a <see cref="FrameType.Data"/> frame. False when it stands in the middle of another message.</summary>
    public bool TryAddWhole(ReadOnlySpan<byte> body, out ReadOnlyMemory<byte> message)
    {
        message = default;
        if (_buffer is not null) return false;
        message = body.ToArray();
        return true;
    }

    /// <summary>Takes a <see cref="FrameType.Fragment"/> frame. False when it is not the one that must come next, or the message becomes too large.</summary>
    public bool TryAddPart(ReadOnlySpan<byte> body, out ReadOnlyMemory<byte>? message)
    {
        message = null;
        var reader = new SpanReader(body);
        if (!reader.TryReadUInt32(out uint id) || !reader.TryReadUInt16(out ushort index) || !reader.TryReadUInt16(out ushort count)) return false;

        ReadOnlySpan<byte> part = reader.Rest;
        if (_buffer is null)
        {
            if (index != 0 || count < 2 || part.IsEmpty) return false;
            _buffer = new byte[Math.Min(MaxMessageSize, 2 * part.Length)];
            (_id, _count, _nextIndex, _size) = (id, count, 0, 0);
        }

        bool isNext = id == _id && count == _count && index == _nextIndex;
        if (!isNext || part.IsEmpty || part.Length > MaxMessageSize - _size) return false;
        // Memory follows what has arrived, not what was announced: a small first part can announce much.
        if (part.Length > _buffer.Length - _size) Array.Resize(ref _buffer, (int)Math.Min(MaxMessageSize, Math.Max(2L * _buffer.Length, _size + part.Length)));

        part.CopyTo(_buffer.AsSpan(_size));
        _size += part.Length;
        _nextIndex = (ushort)(index + 1);
        if (_nextIndex < _count) return true;

        message = _buffer.AsMemory(0, _size);
        _buffer = null;
        return true;
    }
}
