using System.Runtime.CompilerServices;

namespace BerOfChat.Fuzzing;

/// <summary>Inputs that once made a target do something new or broke it, one line of hexadecimal digits each; every run begins with them.</summary>
internal static class Corpus
{
    /// <summary>When it is 1, what a run discovers is added to the files.</summary>
    public const string WriteVariable = "BEROFCHAT_FUZZ_KEEP";

    private const int MaxKept = 100;
    private const int MaxKeptLength = 1024;

    public static IEnumerable<byte[]> Read(string target)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Corpora", target + ".hex");
        return File.Exists(path) ? File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#').Select(Convert.FromHexString) : [];
    }

    public static void Keep(string target, IReadOnlyList<byte[]> discoveries, [CallerFilePath] string here = "")
    {
        if (Environment.GetEnvironmentVariable(WriteVariable) != "1") return;
        string path = Path.Combine(Path.GetDirectoryName(here)!, "Corpora", target + ".hex");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string[] lines = File.Exists(path) ? File.ReadAllLines(path) : [];
        IEnumerable<string> news = discoveries.Where(input => input.Length <= MaxKeptLength).Select(Convert.ToHexString);
        File.WriteAllLines(path, lines.Concat(news).Distinct().Take(MaxKept));
    }
}
