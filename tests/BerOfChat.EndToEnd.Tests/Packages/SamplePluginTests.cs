namespace BerOfChat.EndToEnd.Packages;

/// <summary>The samples of a plug-in author, built as a stranger would: against the packages alone, far from the repository.</summary>
[Collection(PackageCollection.Name)]
[Trait("Category", PackageCollection.Trait)]
public sealed class SamplePluginTests(PackedPackages packages) : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(10));

    public void Dispose() => _patience.Dispose();

    [Theory]
    [InlineData("CustomSignaling", "bob read: hello through a folder")]
    [InlineData("CustomStore", "bob's file has: hello into a file")]
    public async Task A_plug_in_that_references_only_the_packages_keeps_its_contract_and_carries_a_chat(string sample, string lastLine)
    {
        string folder = await packages.CopySampleAsync(sample);
        await Dotnet.RunAsync(folder, _patience.Token, "build", "Tests", "-c", "Release", "-v", "quiet", "-nologo");
        string tests = await Dotnet.RunAsync(folder, _patience.Token, Path.Combine("Tests", "bin", "Release", "net10.0", sample + ".Tests.dll"), "-noColor");
        Assert.Matches(@"Total: [1-9]\d+, Errors: 0, Failed: 0, Skipped: 0", tests);
        string chat = await Dotnet.RunAsync(folder, _patience.Token, Path.Combine("bin", "Release", "net10.0", sample + ".dll"));
        Assert.Equal(lastLine, chat.Trim().Split('\n')[^1].Trim());
    }
}
