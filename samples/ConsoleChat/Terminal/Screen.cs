namespace ConsoleChat.Terminal;

/// <summary>
/// What was printed, with a prompt below it. It knows how far up a line is, so that a mark can still be put into it. Not safe for several threads.
/// </summary>
internal sealed class Screen
{
    private int _rows;
    private int _firstMarkable;
    private int _width;
    private string? _prompt;

    private static bool HasColours { get; } = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public static int Width => Math.Max(20, Console.WindowWidth);

    public static string Dim(string text) => Style("2", text);

    public static string Bold(string text) => Style("1", text);

    public static string Style(string codes, string text) => HasColours ? $"\e[{codes}m{text}\e[0m" : text;

    /// <summary>Prints a text above the prompt.</summary>
    /// <param name="plain">The text without escapes.</param>
    /// <param name="styled">The text as it is written; as wide as the plain one.</param>
    /// <returns>Its first row, for <see cref="Mark"/>.</returns>
    public int Print(string plain, string styled)
    {
        Clear();
        Console.WriteLine(styled);
        if (Width != _width)
        {
            // The terminal has wrapped everything anew.
            _width = Width;
            _firstMarkable = _rows;
        }

        int row = _rows;
        foreach (string line in plain.Split('\n'))
        {
            (int least, int most) = CellWidth.CountRows(line, _width);
            _rows += most;
            if (least != most) _firstMarkable = _rows;
        }

        Redraw();
        return row;
    }

    /// <summary>Writes into a row that was printed, if it is still there.</summary>
    public void Mark(int row, int column, string text)
    {
        int up = _rows - row;
        if (row < _firstMarkable || Width != _width || up >= Console.WindowHeight) return;
        Console.Write($"\e7\e[{up}A\r\e[{column}C{text}\e8");
    }

    /// <summary>Shows what is being typed, the cursor between the two parts. Together they fit one row.</summary>
    public void ShowPrompt(string before, string after)
    {
        _prompt = after.Length == 0 ? before : $"{before}\e7{after}\e8";
        Clear();
        Redraw();
    }

    /// <summary>Shows no prompt until there is one again.</summary>
    public void HidePrompt()
    {
        _prompt = null;
        Clear();
    }

    private static void Clear() => Console.Write("\r\e[2K");

    private void Redraw()
    {
        if (_prompt is not null) Console.Write(_prompt);
    }
}
