using System.CommandLine.Parsing;
using System.Globalization;

namespace ConsoleChat;

/// <summary>Numbers on the command line.</summary>
internal static class Numbers
{
    /// <summary>A whole number between two bounds, both included. For anything else null, and the sentence is the error.</summary>
    public static int? Parse(ArgumentResult result, int least, int most, string sentence)
    {
        if (result.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most) return number;
        result.AddError(sentence);
        return null;
    }
}
