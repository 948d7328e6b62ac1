using System.Globalization;
using System.Text;

namespace ConsoleChat.Terminal;

/// <summary>How many rows a text takes. Terminals disagree about emoji and some signs, so there are two answers.</summary>
internal static class CellWidth
{
    /// <summary>The rows of a text without escapes when every doubtful sign is narrow, and when it is wide.</summary>
    public static (int Least, int Most) CountRows(string text, int width) => (CountRows(text, width, isWide: false), CountRows(text, width, isWide: true));

    /// <summary>The cells that a text takes at most.</summary>
    public static int Measure(string text) => text.EnumerateRunes().Sum(rune => WidthOf(rune, isWide: true));

    /// <summary>The longest end of a text that surely fits.</summary>
    public static string TakeEnd(string text, int width)
    {
        int[] starts = StringInfo.ParseCombiningCharacters(text);
        int start = text.Length;
        int cells = 0;
        for (int i = starts.Length - 1; i >= 0; i--)
        {
            cells += Measure(text[starts[i]..start]);
            if (cells > width) break;
            start = starts[i];
        }

        return text[start..];
    }

    private static int CountRows(string text, int width, bool isWide)
    {
        int rows = 1;
        int column = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int cells = WidthOf(rune, isWide);
            if (column + cells > width)
            {
                rows++;
                column = 0;
            }

            column += cells;
        }

        return rows;
    }

    private static int WidthOf(Rune rune, bool isWide) => rune.Value switch
    {
        < 0x300 => 1,
        (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFF00 and <= 0xFF60) => 2,
        _ => isWide ? 2 : Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format ? 0 : 1,
    };
}
