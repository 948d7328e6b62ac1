using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace BerOfChat.WebRtc.Stun;

/// <summary>The form in which user names and passwords enter a key: the OpaqueString profile (RFC 8265 section 4.2) with the FreeformClass of characters (RFC 8264 section 4.3), as RFC 8489 asks for.</summary>
internal static class OpaqueString
{
    // An application with InvariantGlobalization cannot compose letters with their accents; there they must come as one character each.
    private static readonly bool s_canNormalize = "e\u0301".Normalize(NormalizationForm.FormC).Length == 1;

    /// <summary>Prepares a text. False when it is empty, or contains what must not stand in it: control characters, invisible ones, unassigned ones, or half characters.</summary>
    public static bool TryPrepare(string text, [NotNullWhen(true)] out string? prepared)
    {
        prepared = null;
        if (text.Length == 0) return false;
        if (Ascii.IsValid(text))
        {
            if (text.AsSpan().ContainsAnyInRange('\0', '\x1F') || text.Contains('\x7F', StringComparison.Ordinal)) return false;
            prepared = text;
            return true;
        }

        StringBuilder builder = new(text.Length);
        bool hasMarks = false;
        for (int i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out Rune rune)) return false;
            UnicodeCategory category = Rune.GetUnicodeCategory(rune);
            if (!IsAllowed(rune.Value, category)) return false;
            hasMarks |= category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
            builder.Append(category == UnicodeCategory.SpaceSeparator ? new Rune(' ') : rune);
            i += rune.Utf16SequenceLength;
        }

        if (hasMarks && !s_canNormalize) return false;
        prepared = builder.ToString().Normalize(NormalizationForm.FormC);
        return true;
    }

    private static bool IsAllowed(int value, UnicodeCategory category) => category switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,

        // Old Hangul, and characters that nobody sees although they count as letters or marks.
        _ => value is not ((>= 0x1100 and <= 0x11FF) or (>= 0xA960 and <= 0xA97F) or (>= 0xD7B0 and <= 0xD7FF)
            or 0x034F or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x3164 or 0xFFA0 or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF)),
    };
}
