using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace BerOfChat.EndToEnd.Packages;

/// <summary>What a stranger does: references the packages and runs the lines of the README.</summary>
[Collection(PackageCollection.Name)]
[Trait("Category", PackageCollection.Trait)]
public sealed partial class ConsumerTests(PackedPackages packages) : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(20));

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task A_project_that_references_only_the_packages_runs_the_lines_of_the_readme()
    {
        string app = await packages.CreateConsumerAsync("project");
        await File.WriteAllTextAsync(Path.Combine(app, "Program.cs"), (await ReadReadmeAsync()).First(block => !block.StartsWith("#:", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(Path.Combine(app, "app.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="BerOfChat.Sdk" Version="{packages.Version}" />
                <PackageReference Include="BerOfChat.Sdk.Storage.Sqlite" Version="{packages.Version}" />
              </ItemGroup>
            </Project>
            """);
        string output = await Dotnet.RunAsync(app, _patience.Token, "run");
        Assert.Matches(@"^boc1\w{58}: hello$", output.Trim().Split('\n')[^1].Trim());
    }

    [Fact]
    public async Task The_commands_of_the_readme_can_be_pasted_in_the_clone()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("The commands are for a Unix shell.");
        string pasted = await ReadCommandsAsync("README.md");
        Assert.Equal(pasted, await ReadCommandsAsync("docs/getting-started.md"));
        (string pack, string rest) = pasted.Split('\n', 2) is [var first, var others] ? (first, others) : ("", "");
        Assert.Equal("dotnet pack BerOfChat.Sdk.sln -c Release -o packages", pack);

        // A clone as it is after that line, and a user whose settings name no feed yet.
        string place = await packages.CreateConsumerAsync("pasted");
        string clone = Path.Combine(place, "clone");
        string home = Path.Combine(place, "home");
        string settings = Path.Combine(home, ".nuget", "NuGet");
        Directory.CreateDirectory(settings);
        Directory.CreateDirectory(clone);
        Directory.CreateSymbolicLink(Path.Combine(clone, "packages"), packages.Feed);
        File.Copy(Path.Combine(packages.Root, "nuget.config"), Path.Combine(clone, "nuget.config"));
        await File.WriteAllTextAsync(Path.Combine(settings, "NuGet.Config"), "<configuration><packageSources /></configuration>");
        string output = await Dotnet.RunProgramAsync("bash", clone, _patience.Token, "-ec", $"export HOME='{home}' DOTNET_CLI_HOME='{home}'\n{rest}\ndotnet nuget remove source berofchat-local");
        string project = await File.ReadAllTextAsync(Path.Combine(place, "YourApp", "YourApp.csproj"));
        foreach (string package in (string[])["BerOfChat.Sdk", "BerOfChat.Sdk.Storage.Sqlite"])
            Assert.True(project.Contains($"""Include="{package}" Version="{packages.Version}" """, StringComparison.Ordinal), output + project);
    }

    [Fact]
    public async Task The_file_of_the_readme_runs_by_itself_and_two_of_it_chat()
    {
        string app = await packages.CreateConsumerAsync("file");
        string file = (await ReadReadmeAsync()).Single(block => block.StartsWith("#:package", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(app, "chat.cs"), Version().Replace(file, "@" + packages.Version));
        await using WebApplication signaling = await StartSignalingAsync();
        string address = signaling.Urls.Single().Replace("http", "ws", StringComparison.Ordinal) + "/berofchat";

        using Process alice = Dotnet.Start("dotnet", app, "run", "chat.cs", address);
        Task<string> aliceErrors = alice.StandardError.ReadToEndAsync(_patience.Token);
        string invite = await FindLineAsync(alice, line => line.StartsWith("berofchat:join#", StringComparison.Ordinal), aliceErrors);
        using Process bob = Dotnet.Start("dotnet", app, "run", "chat.cs", address, invite);
        Task<string> bobErrors = bob.StandardError.ReadToEndAsync(_patience.Token);
        try
        {
            await bob.StandardInput.WriteLineAsync("is anybody here?");
            await FindLineAsync(alice, line => line.EndsWith(": is anybody here?", StringComparison.Ordinal), aliceErrors);
            await alice.StandardInput.WriteLineAsync("yes");
            await FindLineAsync(bob, line => line.EndsWith(": yes", StringComparison.Ordinal), bobErrors);
            alice.StandardInput.Close();
            bob.StandardInput.Close();
            await alice.WaitForExitAsync(_patience.Token);
            await bob.WaitForExitAsync(_patience.Token);
            Assert.Equal((0, 0), (alice.ExitCode, bob.ExitCode));
        }
        finally
        {
            if (!alice.HasExited) alice.Kill(entireProcessTree: true);
            if (!bob.HasExited) bob.Kill(entireProcessTree: true);
        }
    }

    private async Task<string> FindLineAsync(Process process, Predicate<string> fits, Task<string> errors)
    {
        List<string> lines = [];
        while (await process.StandardOutput.ReadLineAsync(_patience.Token) is { } line)
        {
            if (fits(line)) return line;
            lines.Add(line);
        }

        throw new InvalidOperationException($"The program ended without the line:\n{string.Join('\n', lines)}\n{await errors}");
    }

    private static async Task<WebApplication> StartSignalingAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddBerOfChatSignaling();
        WebApplication app = builder.Build();
        app.MapBerOfChatSignaling();
        await app.StartAsync();
        return app;
    }

    private async Task<string> ReadCommandsAsync(string page)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(packages.Root, page), _patience.Token);
        return ShellBlock().Matches(text).Select(block => block.Groups[1].Value).Single(block => block.Contains("dotnet nuget add source", StringComparison.Ordinal));
    }

    private async Task<string[]> ReadReadmeAsync()
    {
        string readme = await File.ReadAllTextAsync(Path.Combine(packages.Root, "README.md"), _patience.Token);
        return [.. CSharpBlock().Matches(readme).Select(block => block.Groups[1].Value)];
    }

    [GeneratedRegex("^```bash\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"(?<=^#:package BerOfChat[\w.]*)@\S+", RegexOptions.Multiline)]
    private static partial Regex Version();
}
