using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Builds one SCTP packet in the caller's buffer: common header, chunks, checksum.</summary>
internal ref struct PacketWriter
{
    public const int HeaderSize = 12;
    private const int ChecksumOffset = 8;

    private readonly Span<byte> _packet;
    private int _position;
    private int _chunkStart;

    public PacketWriter(Span<byte> packet, uint verificationTag, ushort destinationPort = SctpLimits.Port)
    {
        _packet = packet;
        BinaryPrimitives.WriteUInt16BigEndian(packet, SctpLimits.Port);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], destinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], verificationTag);
        _position = HeaderSize;
    }

    public readonly int Remaining => _packet.Length - _position;

    public readonly bool IsEmpty => _position == HeaderSize;

    public void BeginChunk(ChunkType type, byte flags)
    {
        _chunkStart = _position;
        _packet[_position] = (byte)type;
        _packet[_position + 1] = flags;
        _position += ChunkReader.HeaderSize;
    }

    /// <summary>Fills in the chunk's length and pads it.</summary>
    public void EndChunk()
    {
        BinaryPrimitives.WriteUInt16BigEndian(_packet[(_chunkStart + 2)..], (ushort)(_position - _chunkStart));
        Pad();
    }

    public void WriteByte(byte value) => _packet[_position++] = value;

    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_packet[_position..], value);
        _position += sizeof(ushort);
    }

    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_packet[_position..], value);
        _position += sizeof(uint);
    }

    public void WriteBytes(scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(_packet[_position..]);
        _position += value.Length;
    }

    /// <summary>Room in the chunk for the caller to fill.</summary>
    public Span<byte> Take(int length)
    {
        Span<byte> room = _packet.Slice(_position, length);
        _position += length;
        return room;
    }

    public void WriteParameter(ushort type, scoped ReadOnlySpan<byte> value)
    {
        WriteUInt16(type);
        WriteUInt16((ushort)(ChunkReader.HeaderSize + value.Length));
        WriteBytes(value);
        Pad();
    }

    /// <summary>Writes a chunk whose value is at hand.</summary>
    public void WriteChunk(ChunkType type, byte flags, scoped ReadOnlySpan<byte> value)
    {
        BeginChunk(type, flags);
        WriteBytes(value);
        EndChunk();
    }

    /// <summary>Ends the packet without a checksum, for a peer that accepts that (RFC 9653), and returns its length.</summary>
    public readonly int FinishWithoutChecksum()
    {
        _packet[ChecksumOffset..HeaderSize].Clear();
        return _position;
    }

    /// <summary>Writes the checksum and returns the packet's length.</summary>
    public readonly int Finish()
    {
        uint checksum = Crc32C.ComputeAround(_packet[..ChecksumOffset], _packet[HeaderSize.._position]);
        BinaryPrimitives.WriteUInt32LittleEndian(_packet[ChecksumOffset..], checksum);
        return _position;
    }

    private void Pad()
    {
        int padded = ChunkReader.Padded(_position);
        _packet[_position..padded].Clear();
        _position = padded;
    }
}
