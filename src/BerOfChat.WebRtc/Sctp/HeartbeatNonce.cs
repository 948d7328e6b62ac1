using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>What a HEARTBEAT carries and its answer must bring back. Unguessable: whoever answers has received the question (RFC 9260 section 8.3).</summary>
internal sealed class HeartbeatNonce(IRandomSource random)
{
    private const ushort InfoParameter = 1;
    private const int Size = 16;

    /// <summary>Bytes of the chunk.</summary>
    public const int ChunkSize = (2 * ChunkReader.HeaderSize) + Size;

    private readonly byte[] _nonce = new byte[Size];

    /// <summary>Writes a HEARTBEAT with a new one.</summary>
    public void Write(ref PacketWriter writer)
    {
        random.Fill(_nonce);
        writer.BeginChunk(ChunkType.Heartbeat, 0);
        writer.WriteParameter(InfoParameter, _nonce);
        writer.EndChunk();
    }

    /// <summary>Whether the value of a HEARTBEAT ACK answers the latest one.</summary>
    public bool IsIn(ReadOnlySpan<byte> value) =>
        value.Length == ChunkReader.HeaderSize + Size
        && BinaryPrimitives.ReadUInt16BigEndian(value) == InfoParameter
        && CryptographicOperations.FixedTimeEquals(value[ChunkReader.HeaderSize..], _nonce);
}
