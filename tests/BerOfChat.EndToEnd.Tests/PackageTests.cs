using System.Diagnostics;
using System.Globalization;

namespace BerOfChat.EndToEnd;

/// <summary>What a stranger does: packs, references the packages, and runs the lines of the README.</summary>
public sealed class PackageTests : IDisposable
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private readonly string _directory = Directory.CreateTempSubdirectory("berofchat-packages-").FullName;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(5));

    public void Dispose()
    {
        _patience.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_project_that_references_only_the_packages_runs_the_lines_of_the_readme()
    {
        string root = FindRoot();
        string version = "0.1.0-test." + DateTime.UtcNow.Ticks.ToString(CultureInfo.InvariantCulture);
        string packages = Path.Combine(_directory, "packages");
        await RunAsync(root, "pack", "BerOfChat.Sdk.sln", "--no-build", "-c", Configuration, "-o", packages, $"-p:Version={version}", "-v", "quiet");

        string readme = await File.ReadAllTextAsync(Path.Combine(root, "README.md"));
        string lines = readme.Split("```csharp", 2)[1].Split("```", 2)[0];
        string app = Path.Combine(_directory, "app");
        Directory.CreateDirectory(app);
        await File.WriteAllTextAsync(Path.Combine(app, "Program.cs"), lines);
        await File.WriteAllTextAsync(Path.Combine(app, "app.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreAdditionalProjectSources>{packages}</RestoreAdditionalProjectSources>
                <RestorePackagesPath>{Path.Combine(_directory, "restored")}</RestorePackagesPath>
                <RestoreFallbackFolders>{GlobalPackages()}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="BerOfChat.Sdk" Version="{version}" />
                <PackageReference Include="BerOfChat.Sdk.Storage.Sqlite" Version="{version}" />
              </ItemGroup>
            </Project>
            """);
        string output = await RunAsync(app, "run");
        Assert.Matches(@"^boc1\w{58}: hello$", output.Trim().Split('\n')[^1].Trim());
    }

    private static string GlobalPackages() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "BerOfChat.Sdk.sln"))) directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests must lie inside the repository.");
    }

    private async Task<string> RunAsync(string directory, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(_patience.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(_patience.Token);
        try
        {
            await process.WaitForExitAsync(_patience.Token);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} failed:\n{await output}\n{await errors}");
        return await output;
    }
}
