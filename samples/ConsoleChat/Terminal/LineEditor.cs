using System.Globalization;

namespace ConsoleChat.Terminal;

/// <summary>The line that is being typed: a text, a cursor, and the lines before it.</summary>
internal sealed class LineEditor
{
    private readonly List<string> _earlier = [];
    private string _text = "";
    private int _cursor;
    private int _recalled;

    /// <summary>Whether nothing is typed.</summary>
    public bool IsEmpty => _text.Length == 0;

    /// <summary>The line; begins a new one.</summary>
    public string Take()
    {
        string line = _text;
        if (line.Length > 0 && (_earlier.Count == 0 || _earlier[^1] != line)) _earlier.Add(line);
        _recalled = _earlier.Count;
        Replace("");
        return line;
    }

    public void Handle(ConsoleKeyInfo key)
    {
        bool isControl = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                _cursor = Previous();
                break;
            case ConsoleKey.RightArrow:
                _cursor = Next();
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when isControl:
                _cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when isControl:
                _cursor = _text.Length;
                break;
            case ConsoleKey.UpArrow:
                Recall(-1);
                break;
            case ConsoleKey.DownArrow:
                Recall(+1);
                break;
            case ConsoleKey.Backspace:
                Remove(Previous(), _cursor);
                break;
            case ConsoleKey.Delete:
                Remove(_cursor, Next());
                break;
            case ConsoleKey.U when isControl:
                Remove(0, _cursor);
                break;
            case ConsoleKey.W when isControl:
                Remove(_text[.._cursor].TrimEnd().LastIndexOf(' ') + 1, _cursor);
                break;
            default:
                if (char.IsControl(key.KeyChar)) break;
                _text = _text.Insert(_cursor, key.KeyChar.ToString());
                _cursor++;
                break;
        }
    }

    /// <summary>The part of the line around the cursor that fits.</summary>
    public (string Before, string After) Show(int width)
    {
        string before = CellWidth.TakeEnd(_text[.._cursor], width - 1);
        string after = _text[_cursor..];
        int room = width - 1 - CellWidth.Measure(before);
        while (CellWidth.Measure(after) > room) after = after[..^1];
        return (before, after);
    }

    private void Replace(string text)
    {
        _text = text;
        _cursor = text.Length;
    }

    private void Remove(int from, int to)
    {
        _text = _text.Remove(from, to - from);
        _cursor = from;
    }

    private void Recall(int step)
    {
        int wanted = _recalled + step;
        if (wanted < 0 || wanted > _earlier.Count) return;
        _recalled = wanted;
        Replace(wanted < _earlier.Count ? _earlier[wanted] : "");
    }

    /// <summary>Where the sign before the cursor begins; a sign may be many characters.</summary>
    private int Previous() => _cursor == 0 ? 0 : StringInfo.ParseCombiningCharacters(_text[.._cursor])[^1];

    private int Next() => _cursor + StringInfo.GetNextTextElementLength(_text, _cursor);
}
