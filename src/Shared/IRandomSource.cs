using System.Buffers.Binary;

namespace BerOfChat.Primitives;

/// <summary>Where a core gets its random bytes: a CSPRNG in production, a seeded generator in tests.</summary>
internal interface IRandomSource
{
    /// <summary>Fills the whole span with random bytes.</summary>
    void Fill(Span<byte> destination);
}

internal static class RandomSourceExtensions
{
    public static uint NextUInt32(this IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        random.Fill(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    public static ulong NextUInt64(this IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        random.Fill(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    /// <summary>A number from 0 (inclusive) to 1 (exclusive), for jitter.</summary>
    public static double NextFraction(this IRandomSource random) => (random.NextUInt64() >> 11) * (1.0 / (1UL << 53));
}
