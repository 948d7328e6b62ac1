using System.Buffers.Binary;

namespace BerOfChat.Primitives;

/// <summary>Thirty-two bytes as a value: a key, a hash or an id. Ordered as unsigned big-endian numbers, which is the order of their bytes.</summary>
internal readonly record struct Bytes32(UInt128 High, UInt128 Low) : IComparable<Bytes32>
{
    public const int Size = 32;

    public static Bytes32 Zero => default;

    /// <summary>Reads exactly 32 bytes; another length is a bug of the caller.</summary>
    public static Bytes32 Read(ReadOnlySpan<byte> source)
    {
        if (source.Length != Size) throw new ArgumentException("Exactly 32 bytes are needed.", nameof(source));
        return new Bytes32(BinaryPrimitives.ReadUInt128BigEndian(source), BinaryPrimitives.ReadUInt128BigEndian(source[16..]));
    }

    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, High);
        BinaryPrimitives.WriteUInt128BigEndian(destination[16..], Low);
    }

    public byte[] ToArray()
    {
        byte[] bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    public int CompareTo(Bytes32 other) => High.CompareTo(other.High) is not 0 and int order ? order : Low.CompareTo(other.Low);

    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
