using System.Xml.Linq;

namespace BerOfChat.Architecture.Tests;

/// <summary>An assembly is a dependency boundary: which of ours, and which packages, a project of <c>src</c> may reference, and why no others.</summary>
public sealed class ProjectTests
{
    /// <summary>Project, projects of ours, packages, reason.</summary>
    public static TheoryData<string, string, string, string> Rules => new()
    {
        { "BerOfChat.WebRtc", "", "Microsoft.Extensions.Logging.Abstractions NSec.Cryptography", "it is a package of its own that knows nothing of chat" },
        { "BerOfChat.Sdk.Abstractions", "", "", "a plug-in author must not inherit our dependencies" },
        {
            "BerOfChat.Sdk", "BerOfChat.Sdk.Abstractions BerOfChat.WebRtc",
            """
            MessagePack NSec.Cryptography Microsoft.Extensions.DependencyInjection.Abstractions Microsoft.Extensions.Diagnostics.HealthChecks
            Microsoft.Extensions.Hosting.Abstractions Microsoft.Extensions.Logging.Abstractions Microsoft.Extensions.Options Microsoft.NET.StringTools
            """,
            "a store or a server must not come with the SDK to those who bring their own"
        },
        { "BerOfChat.Sdk.Storage.Sqlite", "BerOfChat.Sdk.Abstractions", "Microsoft.Data.Sqlite", "a store is a plug-in like anybody's" },
        { "BerOfChat.Sdk.Signaling.Server", "BerOfChat.Sdk.Abstractions", "", "a server passes on what it cannot read, so it needs nothing that could" },
        { "BerOfChat.Sdk.Testing", "BerOfChat.Sdk.Abstractions", "xunit.v3.assert xunit.v3.extensibility.core", "a contract is what the abstractions say, not what our client does" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_project_references_only_what_lies_below_it(string project, string ours, string packages, string reason)
    {
        XDocument file = XDocument.Load(Repository.Find("src", project, project + ".csproj"));
        AssertWithin(Includes(file, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)), ours, project, reason);
        AssertWithin(Includes(file, "PackageReference"), packages, project, reason);
    }

    [Fact]
    public void Every_project_of_src_has_a_rule() =>
        Assert.Equal(Directory.GetDirectories(Repository.Find("src"), "BerOfChat.*").Select(Path.GetFileName).Order(), Rules.Select(rule => rule.Data.Item1).Order());

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Repository.Find("BerOfChat.Sdk.sln"));
        foreach (string top in (string[])["src", "tests", "samples", "benchmarks"])
        {
            foreach (string project in Directory.EnumerateFiles(Repository.Find(top), "*.csproj", SearchOption.AllDirectories).Where(path => !Repository.IsBuilt(path)))
                Assert.True(solution.Contains(Path.GetFileName(project), StringComparison.Ordinal), $"{Path.GetFileName(project)} is not in the solution, so nobody builds it.");
        }
    }

    [Fact]
    public void The_feeds_are_those_of_the_machine()
    {
        XDocument file = XDocument.Load(Repository.Find("nuget.config"));
        Assert.DoesNotContain(file.Descendants(), element => element.Name.LocalName.Contains("Source", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("://", file.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Includes(XDocument file, string item) =>
        file.Descendants(item).Select(element => element.Attribute("Include")!.Value.Replace('\\', '/'));

    private static void AssertWithin(IEnumerable<string> references, string allowed, string project, string reason)
    {
        string[] others = [.. references.Except(allowed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))];
        Assert.True(others.Length == 0, $"{project} references {string.Join(", ", others)}, but {reason}.");
    }
}
