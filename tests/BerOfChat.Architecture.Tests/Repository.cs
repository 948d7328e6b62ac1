namespace BerOfChat.Architecture.Tests;

/// <summary>The checked-out repository around the test binaries.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Find(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    public static IEnumerable<string> SourceFiles() => Files("src");

    public static IEnumerable<string> Files(string top) =>
        Directory.EnumerateFiles(Find(top), "*.cs", SearchOption.AllDirectories).Where(path => !IsBuilt(path));

    public static bool IsBuilt(string path) =>
        path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        || path.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "BerOfChat.Sdk.sln"))) directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests must lie inside the repository.");
    }
}
