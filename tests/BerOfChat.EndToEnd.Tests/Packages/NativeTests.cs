using System.Runtime.InteropServices;

namespace BerOfChat.EndToEnd.Packages;

/// <summary>The packages in a program that was compiled ahead of time.</summary>
[Collection(PackageCollection.Name)]
[Trait("Category", PackageCollection.Trait)]
public sealed class NativeTests(PackedPackages packages)
{
    [Fact]
    public async Task A_native_program_chats_and_finds_its_history_again()
    {
        if (!HasLinker()) Assert.Skip("Compiling ahead of time needs clang or gcc.");
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(30));
        string app = await packages.CopySampleAsync("AotChat");
        string output = Path.Combine(app, "published");

        // Warnings of trimming and of compiling ahead of time are errors here, each by itself.
        await Dotnet.RunAsync(app, patience.Token, "publish", "-o", output, "-p:TreatWarningsAsErrors=true", "-p:TrimmerSingleWarn=false");
        Assert.False(File.Exists(Path.Combine(output, "AotChat.dll")), "AotChat was not compiled ahead of time.");
        string text = await Dotnet.RunProgramAsync(Path.Combine(output, OperatingSystem.IsWindows() ? "AotChat.exe" : "AotChat"), app, patience.Token);
        Assert.Equal(
            """
            native code: True
            alice reads
              alice: hello, bob
              bob: hello, alice
              alice: this program has no .NET beside it
            bob reads
              alice: hello, bob
              bob: hello, alice
              alice: this program has no .NET beside it
            opened again
              alice has 3 messages
              bob has 3 messages

            """.ReplaceLineEndings("\n"),
            text.ReplaceLineEndings("\n"));
    }

    private static bool HasLinker()
    {
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Linux)) return true;
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Any(folder => File.Exists(Path.Combine(folder, "clang")) || File.Exists(Path.Combine(folder, "gcc")));
    }
}
