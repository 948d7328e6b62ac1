using System.Buffers.Binary;
using System.Numerics;
using BerOfChat.Cryptography;

namespace BerOfChat.Sessions.Records;

/// <summary>The sizes of a record, and what sealing and opening have in common.</summary>
/// <remarks>
/// Header (8 bytes, all of it authenticated): 0x11, key epoch, lane, root generation, u32 counter. Sealed: frame type, u16 length, body, padding.
/// Epoch and root are 0 until keys can be changed.
/// </remarks>
internal static class RecordFormat
{
    public const int HeaderSize = 8;
    public const int FrameHeaderSize = 3;
    public const int MinSize = HeaderSize + FrameHeaderSize + Aes256Gcm.TagSize;
    public const int MaxSize = 16_384;
    public const int MaxBodySize = MaxSize - MinSize;

    /// <summary>How many records one direction of a lane may carry under its key.</summary>
    public const uint MaxRecords = 1 << 24;

    /// <summary>The size at which a frame travels: a power of two from 256 on.</summary>
    public static int PaddedSize(int bodySize) => Math.Max(MinPaddedSize, (int)BitOperations.RoundUpToPowerOf2((uint)(MinSize + bodySize)));

    public static void WriteHeader(byte lane, uint counter, Span<byte> destination)
    {
        destination[0] = VersionAndType;
        destination[1] = 0;
        destination[2] = lane;
        destination[3] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], counter);
    }

    /// <summary>The nonce of a record: the lane's random part, and the counter over its end.</summary>
    public static void WriteNonce(ReadOnlySpan<byte> iv, uint counter, Span<byte> nonce)
    {
        iv.CopyTo(nonce);
        Span<byte> end = nonce[^sizeof(uint)..];
        BinaryPrimitives.WriteUInt32BigEndian(end, BinaryPrimitives.ReadUInt32BigEndian(end) ^ counter);
    }

    private const int MinPaddedSize = 256;
    private const byte VersionAndType = 0x11;
}
