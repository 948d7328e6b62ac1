namespace BerOfChat.Architecture.Tests;

/// <summary>One concept per file, and folders that name the domain.</summary>
public sealed class FileTests
{
    [Fact]
    public void No_file_is_longer_than_four_hundred_lines()
    {
        foreach (string file in Repository.SourceFiles().Concat(Repository.Files("samples")))
            Assert.True(File.ReadLines(file).Count() <= 400, $"{Path.GetRelativePath(Repository.Root, file)} is too long: one concept per file.");
    }

    [Fact]
    public void No_name_says_only_that_something_is_left_over()
    {
        string[] banned = ["Utils", "Helpers", "Helper", "Common", "Manager", "Misc"];
        foreach (string file in Repository.SourceFiles())
        {
            string path = Path.GetRelativePath(Repository.Root, file);
            Assert.False(banned.Any(word => path.Contains(word, StringComparison.Ordinal)), $"{path}: name what it is.");
        }
    }

    [Fact]
    public void Every_error_code_is_explained()
    {
        string text = File.ReadAllText(Repository.Find("docs", "errors.md"));
        foreach (BerOfChatErrorCode code in Enum.GetValues<BerOfChatErrorCode>())
            Assert.True(text.Contains($"### {code}\n", StringComparison.Ordinal), $"docs/errors.md does not explain {code}, to which its exception's help link points.");
    }

    [Theory]
    [InlineData("BerOfChat.WebRtc", 30)]
    [InlineData("BerOfChat.Sdk.Abstractions", 40)]
    [InlineData("BerOfChat.Sdk", 60)]
    [InlineData("BerOfChat.Sdk.Storage.Sqlite", 15)]
    [InlineData("BerOfChat.Sdk.Signaling.Server", 15)]
    [InlineData("BerOfChat.Sdk.Testing", 15)]
    public void The_public_face_stays_small(string assembly, int budget)
    {
        Type[] types = System.Reflection.Assembly.Load(assembly).GetExportedTypes();
        Assert.True(types.Length <= budget, $"{assembly} has {types.Length} public types, {budget} are planned.");
        Assert.All(types, type => Assert.True(
            type.IsSealed || type.IsAbstract || type.IsInterface || type.IsValueType, $"{type.Name} is neither sealed nor meant to be derived from."));
    }
}
