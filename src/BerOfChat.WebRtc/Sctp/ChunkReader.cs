using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Walks over the chunks of a packet, or over the parameters of a chunk: both are type, length and value, padded to four bytes.</summary>
internal ref struct ChunkReader(ReadOnlySpan<byte> chunks)
{
    public const int HeaderSize = 4;

    private ReadOnlySpan<byte> _rest = chunks;

    /// <summary>Whether reading ended at something that is no chunk.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Reads the next chunk. False at the end and at a malformed length.</summary>
    public bool TryRead(out Chunk chunk)
    {
        chunk = default;
        if (_rest.IsEmpty || IsMalformed) return false;
        if (_rest.Length < HeaderSize)
        {
            IsMalformed = true;
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]);
        if (length < HeaderSize || length > _rest.Length)
        {
            IsMalformed = true;
            return false;
        }

        chunk = new Chunk(_rest[..length]);
        _rest = _rest[Math.Min(Padded(length), _rest.Length)..];
        return true;
    }

    public static int Padded(int length) => (length + 3) & ~3;
}

/// <summary>One chunk (type and flags in its first two bytes) or one parameter (a 16-bit type there).</summary>
internal readonly ref struct Chunk(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public ChunkType Type => (ChunkType)_bytes[0];

    public byte Flags => _bytes[1];

    public ushort ParameterType => BinaryPrimitives.ReadUInt16BigEndian(_bytes);

    /// <summary>What follows the four-byte header, without padding.</summary>
    public ReadOnlySpan<byte> Value => _bytes[ChunkReader.HeaderSize..];

    /// <summary>The whole chunk with its header, without padding.</summary>
    public ReadOnlySpan<byte> Whole => _bytes;
}
