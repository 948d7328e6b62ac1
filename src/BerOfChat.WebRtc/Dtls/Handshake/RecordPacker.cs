using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>Writes the records of a handshake and packs them into as few datagrams as they need. Every record has a new sequence number, also when what it says is repeated.</summary>
internal sealed class RecordPacker(int maxDatagram)
{
    // A piece of a message that is smaller than this is not worth the end of a datagram.
    private const int MinPiece = 32;

    private readonly byte[] _datagram = new byte[maxDatagram];
    private readonly List<byte[]> _packed = [];
    private ulong _nextSequence;
    private int _length;

    /// <summary>Writes a message, in pieces where it must be. With record protection when <paramref name="records"/> is given.</summary>
    public void AddMessage(ReadOnlySpan<byte> message, DtlsRecordLayer? records)
    {
        int overhead = Overhead(records) + HandshakeFragment.HeaderSize;
        ReadOnlySpan<byte> body = message[HandshakeFragment.HeaderSize..];
        HandshakeType type = (HandshakeType)message[0];
        ushort sequence = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        int offset = 0;
        // What fits into one datagram is not torn.
        if (overhead + body.Length > Room && overhead + body.Length <= maxDatagram) Flush();
        do
        {
            if (Room < overhead + Math.Min(MinPiece, body.Length - offset)) Flush();
            int size = Math.Min(body.Length - offset, Room - overhead);
            byte[] fragment = new byte[HandshakeFragment.HeaderSize + size];
            HandshakeFragment.WriteHeader(fragment, type, sequence, body.Length, offset, size);
            body.Slice(offset, size).CopyTo(fragment.AsSpan(HandshakeFragment.HeaderSize));
            Add(DtlsContentType.Handshake, fragment, records);
            offset += size;
        }
        while (offset < body.Length);
    }

    public void Add(DtlsContentType type, ReadOnlySpan<byte> content, DtlsRecordLayer? records)
    {
        if (Room < Overhead(records) + content.Length) Flush();
        Span<byte> destination = _datagram.AsSpan(_length);
        if (records is not null)
        {
            _length += records.Seal(type, content, destination);
            return;
        }

        destination[0] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(destination[1..], Hello.Dtls12);
        BinaryPrimitives.WriteUInt64BigEndian(destination[3..], _nextSequence++);
        BinaryPrimitives.WriteUInt16BigEndian(destination[11..], (ushort)content.Length);
        content.CopyTo(destination[DtlsRecordHeader.Size..]);
        _length += DtlsRecordHeader.Size + content.Length;
    }

    /// <summary>Takes the datagrams written since the last call.</summary>
    public byte[][] Take()
    {
        Flush();
        byte[][] datagrams = [.. _packed];
        _packed.Clear();
        return datagrams;
    }

    private int Room => maxDatagram - _length;

    private static int Overhead(DtlsRecordLayer? records) => records is null ? DtlsRecordHeader.Size : DtlsRecordLayer.Overhead;

    private void Flush()
    {
        if (_length == 0) return;
        _packed.Add(_datagram.AsSpan(0, _length).ToArray());
        _length = 0;
    }
}
