using System.Text.RegularExpressions;

namespace BerOfChat.Architecture.Tests;

/// <summary>What people read: the pages of the repository, and the C# in them.</summary>
internal static partial class Markdown
{
    /// <summary>README, CHANGELOG, all of <c>docs</c>, and the README of every package and sample.</summary>
    public static IEnumerable<string> Files() =>
        Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(new[] { "docs", "src", "samples", "benchmarks" }.SelectMany(top => Directory.EnumerateFiles(Repository.Find(top), "*.md", SearchOption.AllDirectories)))
            .Where(path => !Repository.IsBuilt(path) && !path.Contains("node_modules", StringComparison.Ordinal));

    /// <summary>The C# blocks of a page.</summary>
    public static IEnumerable<Snippet> Snippets(string file)
    {
        string text = File.ReadAllText(file);
        foreach (Match block in CSharpBlock().Matches(text))
        {
            Group code = block.Groups[1];
            yield return new Snippet(Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'), text.AsSpan(0, code.Index).Count('\n') + 1, code.Value);
        }
    }

    [GeneratedRegex(@"^ *```(?:csharp|cs|c#)\s*\n(.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex CSharpBlock();
}

/// <summary>A block of C#, and where it stands.</summary>
internal sealed record Snippet(string File, int Line, string Code)
{
    public override string ToString() => $"{File}:{Line}";
}
