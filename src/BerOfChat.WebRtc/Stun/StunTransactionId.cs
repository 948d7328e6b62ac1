using System.Buffers.Binary;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Stun;

/// <summary>96 random bits that tie a response to its request.</summary>
internal readonly record struct StunTransactionId(ulong High, uint Low)
{
    public const int Size = 12;

    public static StunTransactionId New(IRandomSource random) => new(random.NextUInt64(), random.NextUInt32());

    public static StunTransactionId Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt32BigEndian(source[8..]));

    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Low);
    }
}
