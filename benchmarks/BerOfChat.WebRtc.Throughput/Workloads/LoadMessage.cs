using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>What is sent: a message that carries its number at both ends, so that a missing, repeated, swapped or cut one is seen.</summary>
/// <remarks>The number stands little-endian in the first eight bytes (or as many as there are) and, from sixteen bytes on, inverted in the last eight.</remarks>
internal static class LoadMessage
{
    public const int MaxSize = 262_144;

    /// <summary>A message of random bytes, ready for its number.</summary>
    public static byte[] Create(int size)
    {
        byte[] message = new byte[size];
        Random.Shared.NextBytes(message);
        return message;
    }

    public static void Number(Span<byte> message, ulong number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        bytes[..Math.Min(bytes.Length, message.Length)].CopyTo(message);
        if (message.Length >= 2 * sizeof(ulong)) BinaryPrimitives.WriteUInt64LittleEndian(message[^sizeof(ulong)..], ~number);
    }

    public static bool Is(ReadOnlySpan<byte> message, int size, ulong number)
    {
        if (message.Length != size) return false;
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        if (!message.StartsWith(bytes[..Math.Min(bytes.Length, size)])) return false;
        return size < 2 * sizeof(ulong) || BinaryPrimitives.ReadUInt64LittleEndian(message[^sizeof(ulong)..]) == ~number;
    }
}
