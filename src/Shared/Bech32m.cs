using System.Diagnostics.CodeAnalysis;

namespace BerOfChat.Primitives;

/// <summary>Bech32m (BIP-350): text with a readable prefix and a checksum that finds up to four wrong characters.</summary>
internal static class Bech32m
{
    /// <summary>The longest text that the checksum protects.</summary>
    public const int MaxLength = 90;

    /// <summary>Writes bytes in lower case.</summary>
    /// <param name="prefix">The human-readable part, 1 to 83 lower-case characters.</param>
    /// <param name="data">The bytes; the last group of five bits is filled with zeros.</param>
    public static string Encode(string prefix, ReadOnlySpan<byte> data)
    {
        int groups = ((data.Length * 8) + BitsPerCharacter - 1) / BitsPerCharacter;
        int length = prefix.Length + 1 + groups + ChecksumLength;
        if (length > MaxLength) throw new ArgumentException("The text would be longer than its checksum protects.", nameof(data));

        Span<byte> values = stackalloc byte[MaxLength];
        Regroup(data, values);
        uint state = Checksum(prefix, values[..(groups + ChecksumLength)]) ^ Constant;
        for (int i = 0; i < ChecksumLength; i++)
            values[groups + i] = (byte)((state >> (BitsPerCharacter * (ChecksumLength - 1 - i))) & 31);

        Span<char> text = stackalloc char[length];
        prefix.CopyTo(text);
        text[prefix.Length] = Separator;
        for (int i = 0; i < groups + ChecksumLength; i++) text[prefix.Length + 1 + i] = Alphabet[values[i]];
        return new string(text);
    }

    /// <summary>Splits a text into its prefix (in lower case) and its groups of five bits without the checksum. False unless every rule of BIP-350 holds.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? prefix, [NotNullWhen(true)] out byte[]? values)
    {
        prefix = null;
        values = null;
        int separator = text.LastIndexOf(Separator);
        if (text.Length > MaxLength || separator < 1 || text.Length - separator - 1 < ChecksumLength || IsMixedCase(text)) return false;
        if (text[..separator].ContainsAnyExceptInRange('!', '~')) return false;

        string lowered = text[..separator].ToString().ToLowerInvariant();
        byte[] groups = new byte[text.Length - separator - 1];
        for (int i = 0; i < groups.Length; i++)
        {
            int value = Alphabet.IndexOf(char.ToLowerInvariant(text[separator + 1 + i]), StringComparison.Ordinal);
            if (value < 0) return false;
            groups[i] = (byte)value;
        }

        if (Checksum(lowered, groups) != Constant) return false;
        prefix = lowered;
        values = groups[..^ChecksumLength];
        return true;
    }

    /// <summary>Joins groups of five bits to bytes. False when their number does not fit the destination exactly or the bits left over are not zeros.</summary>
    public static bool TryJoin(ReadOnlySpan<byte> values, Span<byte> destination)
    {
        int spare = (values.Length * BitsPerCharacter) - (destination.Length * 8);
        if (spare is < 0 or >= BitsPerCharacter) return false;

        uint buffer = 0;
        int bits = 0;
        int written = 0;
        foreach (byte value in values)
        {
            buffer = ((buffer << BitsPerCharacter) | value) & 0xFFF;
            bits += BitsPerCharacter;
            if (bits < 8) continue;
            bits -= 8;
            destination[written++] = (byte)((buffer >> bits) & 0xFF);
        }

        return (buffer & ((1u << bits) - 1)) == 0;
    }

    private static void Regroup(ReadOnlySpan<byte> data, Span<byte> values)
    {
        for (int i = 0; i * BitsPerCharacter < data.Length * 8; i++)
        {
            int bit = i * BitsPerCharacter;
            int pair = (data[bit / 8] << 8) | (bit / 8 + 1 < data.Length ? data[(bit / 8) + 1] : 0);
            values[i] = (byte)((pair >> (16 - BitsPerCharacter - (bit % 8))) & 31);
        }
    }

    private static bool IsMixedCase(ReadOnlySpan<char> text) => text.ContainsAnyInRange('a', 'z') && text.ContainsAnyInRange('A', 'Z');

    private static uint Checksum(string prefix, ReadOnlySpan<byte> values)
    {
        uint state = 1;
        foreach (char c in prefix) state = Step(state, (uint)(c >> 5));
        state = Step(state, 0);
        foreach (char c in prefix) state = Step(state, (uint)(c & 31));
        foreach (byte value in values) state = Step(state, value);
        return state;
    }

    // One step of the BCH code over GF(32) that BIP-173 defines.
    private static uint Step(uint state, uint value)
    {
        uint top = state >> 25;
        state = ((state & 0x1FFFFFF) << BitsPerCharacter) ^ value;
        for (int i = 0; i < s_generator.Length; i++)
        {
            if (((top >> i) & 1) != 0) state ^= s_generator[i];
        }

        return state;
    }

    private const char Separator = '1';
    private const int ChecksumLength = 6;
    private const int BitsPerCharacter = 5;
    private const uint Constant = 0x2BC830A3;
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private static readonly uint[] s_generator = [0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3];
}
