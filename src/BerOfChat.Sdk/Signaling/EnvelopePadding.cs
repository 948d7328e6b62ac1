using System.Buffers.Binary;
using System.Numerics;

namespace BerOfChat.Signaling;

/// <summary>Hides the length of a message in one of six sizes: u16 length, message, zeros to 512·2^k, at most 16,384.</summary>
internal static class EnvelopePadding
{
    public const int MinPaddedSize = 512;
    public const int MaxPaddedSize = 16_384;

    /// <summary>The largest message that fits.</summary>
    public const int MaxMessageSize = MaxPaddedSize - sizeof(ushort);

    public static bool IsPaddedSize(int size) => size is >= MinPaddedSize and <= MaxPaddedSize && BitOperations.IsPow2(size);

    public static byte[] Pad(ReadOnlySpan<byte> message)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Length, MaxMessageSize, nameof(message));
        uint size = Math.Max(BitOperations.RoundUpToPowerOf2((uint)(sizeof(ushort) + message.Length)), MinPaddedSize);
        byte[] padded = new byte[size];
        BinaryPrimitives.WriteUInt16BigEndian(padded, (ushort)message.Length);
        message.CopyTo(padded.AsSpan(sizeof(ushort)));
        return padded;
    }

    public static bool TryRemove(ReadOnlyMemory<byte> padded, out ReadOnlyMemory<byte> message)
    {
        message = default;
        if (!BinaryPrimitives.TryReadUInt16BigEndian(padded.Span, out ushort length) || length > padded.Length - sizeof(ushort)) return false;
        if (padded.Span[(sizeof(ushort) + length)..].ContainsAnyExcept((byte)0)) return false;
        message = padded.Slice(sizeof(ushort), length);
        return true;
    }
}
