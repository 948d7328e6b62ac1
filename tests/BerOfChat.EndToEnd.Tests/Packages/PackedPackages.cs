using System.Globalization;

namespace BerOfChat.EndToEnd.Packages;

/// <summary>What <c>dotnet pack</c> makes of <c>src</c>, packed once for all tests that look at it or reference it. Under a version of its own, so that no other package is mistaken for it.</summary>
public sealed class PackedPackages : IAsyncLifetime
{
#if DEBUG
    public const string Configuration = "Debug";
#else
    public const string Configuration = "Release";
#endif

    private readonly string _directory = Directory.CreateTempSubdirectory("berofchat-packages-").FullName;

    /// <summary>The repository.</summary>
    public string Root { get; } = FindRoot();

    /// <summary>Where the packages are.</summary>
    public string Feed => Path.Combine(_directory, "feed");

    public string Version { get; } = "0.1.0-test." + DateTime.UtcNow.Ticks.ToString(CultureInfo.InvariantCulture);

    public async ValueTask InitializeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(20));
        await Dotnet.RunAsync(Root, patience.Token, "pack", "BerOfChat.Sdk.sln", "--no-build", "-c", Configuration, "-o", Feed, $"-p:Version={Version}", "-v", "quiet");
    }

    /// <summary>An empty folder far from the repository, in which projects find the packages and nothing of our build.</summary>
    public async Task<string> CreateConsumerAsync(string name)
    {
        string folder = Path.Combine(_directory, name);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "Directory.Build.props"), $"""
            <Project>
              <PropertyGroup>
                <RestoreAdditionalProjectSources>{Feed}</RestoreAdditionalProjectSources>
                <RestorePackagesPath>{Path.Combine(_directory, "restored")}</RestorePackagesPath>
                <RestoreFallbackFolders>{GlobalPackages()}</RestoreFallbackFolders>
              </PropertyGroup>
            </Project>
            """);
        return folder;
    }

    /// <summary>Copies a sample's own files to a consumer, whose project then references the packages where it referenced projects.</summary>
    public async Task<string> CopySampleAsync(string sample)
    {
        string source = Path.Combine(Root, "samples", sample);
        string folder = await CreateConsumerAsync(sample);
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Where(IsOwn))
        {
            string text = await File.ReadAllTextAsync(file);
            if (Path.GetExtension(file) == ".csproj") text = ToPackageReferences(text);
            string target = Path.Combine(folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await File.WriteAllTextAsync(target, text);
        }

        // The versions of other packages are those of the repository.
        string versions = await File.ReadAllTextAsync(Path.Combine(Root, "Directory.Packages.props"));
        string ours = string.Concat(Directory.GetFiles(Feed, "*.nupkg").Select(package => $"""<PackageVersion Include="{IdOf(package)}" Version="{Version}" />"""));
        await File.WriteAllTextAsync(Path.Combine(folder, "Directory.Packages.props"), versions.Replace("</Project>", $"<ItemGroup>{ours}</ItemGroup></Project>", StringComparison.Ordinal));
        return folder;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private string IdOf(string package) => Path.GetFileName(package)[..^(Version.Length + ".nupkg".Length + 1)];

    private static bool IsOwn(string file) =>
        Path.GetExtension(file) is ".cs" or ".csproj" && !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin");

    /// <summary>A reference to a project under <c>src</c> becomes one to its package; those among the sample's own projects stay.</summary>
    private static string ToPackageReferences(string project) =>
        System.Text.RegularExpressions.Regex.Replace(project, """<ProjectReference Include="[^"]*/src/[^"]*/([^/"]+)\.csproj" />""", """<PackageReference Include="$1" />""");

    private static string GlobalPackages() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "BerOfChat.Sdk.sln"))) directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests must lie inside the repository.");
    }
}

/// <summary>The tests that share the packed packages.</summary>
[CollectionDefinition(Name)]
public sealed class PackageCollection : ICollectionFixture<PackedPackages>
{
    public const string Name = "packages";

    /// <summary>The trait of tests that do not depend on the configuration; <c>tests/run.sh</c> runs them in Release only.</summary>
    public const string Trait = "Packages";
}
