using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BerOfChat;

/// <summary>Sixty digits that two people compare to be sure that nobody stands between them: equal on both sides, and different for any other pair of accounts.</summary>
/// <remarks>
/// The digits are those of Signal's numeric fingerprint, version 0, with 5,200 iterations: for each side SHA-512 is applied again and again to the
/// previous hash and the key, and the first 30 bytes of the result give 30 digits. Making one takes a few milliseconds.
/// </remarks>
public sealed record SafetyNumber
{
    /// <summary>How many digits there are.</summary>
    public const int DigitCount = 2 * DigitsPerSide;

    private SafetyNumber(string digits) => Digits = digits;

    /// <summary>The digits without spaces.</summary>
    public string Digits { get; }

    /// <summary>The number of two accounts, in either order.</summary>
    public static SafetyNumber Between(PeerId one, PeerId other)
    {
        Span<byte> first = stackalloc byte[PeerId.Size];
        Span<byte> second = stackalloc byte[PeerId.Size];
        one.CopyTo(first);
        other.CopyTo(second);
        return Compute(first, Encoding.ASCII.GetBytes(one.ToString()), second, Encoding.ASCII.GetBytes(other.ToString()));
    }

    /// <summary>The number of any two keys with their stable identifiers, in either order.</summary>
    /// <param name="key">The public key of one side.</param>
    /// <param name="stableId">What names that side for ever.</param>
    /// <param name="otherKey">The public key of the other side.</param>
    /// <param name="otherStableId">What names the other side for ever.</param>
    public static SafetyNumber Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> stableId, ReadOnlySpan<byte> otherKey, ReadOnlySpan<byte> otherStableId)
    {
        string one = ComputeSide(key, stableId);
        string other = ComputeSide(otherKey, otherStableId);
        return new SafetyNumber(string.CompareOrdinal(one, other) <= 0 ? one + other : other + one);
    }

    /// <summary>The digits in twelve groups of five, separated by spaces.</summary>
    public override string ToString() =>
        string.Join(' ', Enumerable.Range(0, DigitCount / DigitsPerGroup).Select(i => Digits.Substring(i * DigitsPerGroup, DigitsPerGroup)));

    private static string ComputeSide(ReadOnlySpan<byte> key, ReadOnlySpan<byte> stableId)
    {
        Span<byte> hash = stackalloc byte[SHA512.HashSizeInBytes];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        sha.AppendData([0, 0]);     // the fingerprint's version
        sha.AppendData(key);
        sha.AppendData(stableId);
        sha.AppendData(key);
        sha.GetHashAndReset(hash);
        for (int i = 1; i < Iterations; i++)
        {
            sha.AppendData(hash);
            sha.AppendData(key);
            sha.GetHashAndReset(hash);
        }

        StringBuilder digits = new(DigitsPerSide);
        for (int group = 0; group < DigitsPerSide / DigitsPerGroup; group++)
        {
            ulong five = BinaryPrimitives.ReadUInt64BigEndian(hash[(group * BytesPerGroup)..]) >> 24;
            digits.Append((five % 100_000).ToString("D5", CultureInfo.InvariantCulture));
        }

        return digits.ToString();
    }

    private const int Iterations = 5_200;
    private const int DigitsPerSide = 30;
    private const int DigitsPerGroup = 5;
    private const int BytesPerGroup = 5;
}
