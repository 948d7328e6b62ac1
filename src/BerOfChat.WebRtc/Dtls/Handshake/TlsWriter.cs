using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>Writes the presentation language of TLS (RFC 5246 section 4): big-endian numbers, and vectors with their length before them.</summary>
internal sealed class TlsWriter
{
    private byte[] _buffer = new byte[256];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void WriteByte(byte value) => Reserve(1)[0] = value;

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Reserve(2), value);

    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Reserve(value.Length));

    /// <summary>Begins a vector whose length takes this many bytes, 1 to 3; <see cref="EndVector"/> fills it in.</summary>
    public int BeginVector(int lengthSize)
    {
        Reserve(lengthSize).Clear();
        return _length;
    }

    public void EndVector(int begin, int lengthSize)
    {
        int length = _length - begin;
        for (int i = 1; i <= lengthSize; i++)
        {
            _buffer[begin - i] = (byte)(length & 0xFF);
            length >>= 8;
        }

        if (length != 0) throw new InvalidOperationException("The vector is longer than its length can say.");
    }

    public void WriteVector(int lengthSize, ReadOnlySpan<byte> content)
    {
        int begin = BeginVector(lengthSize);
        WriteBytes(content);
        EndVector(begin, lengthSize);
    }

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _length < count) Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, _length + count));
        Span<byte> reserved = _buffer.AsSpan(_length, count);
        _length += count;
        return reserved;
    }
}
