using System.Text;

namespace BerOfChat.EndToEnd.Packages;

/// <summary>What a library says of its sources: nothing of the machine, and where to find them once they have a public place.</summary>
[Collection(PackageCollection.Name)]
[Trait("Category", PackageCollection.Trait)]
public sealed class SourceTests(PackedPackages packages) : IDisposable
{
    private const string Project = "src/BerOfChat.Sdk.Abstractions";
    private const string Library = Project + "/bin/Release/net10.0/BerOfChat.Sdk.Abstractions";

    private readonly string _directory = Directory.CreateTempSubdirectory("berofchat-sources-").FullName;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(20));

    public void Dispose()
    {
        _patience.Dispose();
        foreach (string file in Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories)) File.SetAttributes(file, FileAttributes.Normal);     // git's objects are read-only
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_same_sources_make_the_same_library_anywhere_and_name_their_place_once_they_have_one()
    {
        string first = Path.Combine(_directory, "first");
        string second = Path.Combine(_directory, "elsewhere", "second");
        Copy("", first, "*.props");
        Copy("", first, ".editorconfig");
        Copy("src", first, "*");
        Copy("src/Shared", first, "*.cs");
        Copy(Project, first, "*");
        await GitAsync(first, "init", "--quiet");
        await GitAsync(first, "add", "--all");
        await GitAsync(first, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "a");
        await GitAsync(_directory, "clone", "--quiet", first, second);
        await GitAsync(second, "remote", "remove", "origin");

        await BuildAsync(first);
        await BuildAsync(second);
        foreach (string extension in (string[])[".dll", ".pdb"])
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(first, Library + extension)), await File.ReadAllBytesAsync(Path.Combine(second, Library + extension)));

        string commit = (await GitAsync(second, "rev-parse", "HEAD")).Trim();
        await GitAsync(second, "remote", "add", "origin", "https://github.com/example/berofchat.git");
        Directory.Delete(Path.Combine(second, Project, "obj"), recursive: true);
        await BuildAsync(second);
        byte[] symbols = await File.ReadAllBytesAsync(Path.Combine(second, Library + ".pdb"));
        Assert.NotEqual(-1, symbols.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"https://raw.githubusercontent.com/example/berofchat/{commit}/*")));
    }

    private async Task BuildAsync(string folder)
    {
        string output = await Dotnet.RunAsync(Path.Combine(folder, Project), _patience.Token, "build", "-c", "Release", "-v", "minimal", "-nologo");
        Assert.DoesNotContain("warning", output.Replace("0 Warning(s)", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    private Task<string> GitAsync(string folder, params string[] arguments) => Dotnet.RunProgramAsync("git", folder, _patience.Token, arguments);

    private void Copy(string folder, string target, string pattern)
    {
        string source = Path.Combine(packages.Root, folder);
        foreach (string file in Directory.EnumerateFiles(source, pattern, folder == Project ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly))
        {
            string path = Path.GetRelativePath(packages.Root, file);
            if (path.Replace('\\', '/').Split('/') is var parts && (parts.Contains("bin") || parts.Contains("obj"))) continue;
            string copy = Path.Combine(target, path);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
