using System.IO.Compression;
using System.Xml.Linq;

namespace BerOfChat.EndToEnd.Packages;

/// <summary>The packages as the gallery would see them: unzipped.</summary>
[Collection(PackageCollection.Name)]
[Trait("Category", PackageCollection.Trait)]
public sealed class PackageContentTests(PackedPackages packages)
{
    /// <summary>Package, and what it needs of other packages and shared frameworks. <c>*</c> is the version of ours.</summary>
    public static TheoryData<string, string[]> Dependencies => new()
    {
        { "BerOfChat.Sdk.Abstractions", [] },
        { "BerOfChat.WebRtc", ["Microsoft.Extensions.Logging.Abstractions", "NSec.Cryptography"] },
        {
            "BerOfChat.Sdk",
            [
                "BerOfChat.Sdk.Abstractions", "BerOfChat.WebRtc", "MessagePack", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Diagnostics.HealthChecks",
                "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options", "Microsoft.NET.StringTools", "NSec.Cryptography",
            ]
        },
        { "BerOfChat.Sdk.Storage.Sqlite", ["BerOfChat.Sdk.Abstractions", "Microsoft.Data.Sqlite"] },
        { "BerOfChat.Sdk.Signaling.Server", ["BerOfChat.Sdk.Abstractions", "Microsoft.AspNetCore.App"] },
        { "BerOfChat.Sdk.Testing", ["BerOfChat.Sdk.Abstractions", "xunit.v3.assert", "xunit.v3.extensibility.core"] },
    };

    [Fact]
    public void Every_project_of_src_is_packed_with_its_symbols_and_nothing_else_is()
    {
        string[] projects = [.. Directory.GetDirectories(Path.Combine(packages.Root, "src"), "BerOfChat.*").Select(path => Path.GetFileName(path)!)];
        string[] expected = [.. projects.SelectMany(project => new[] { $"{project}.{packages.Version}.nupkg", $"{project}.{packages.Version}.snupkg" }).Order()];
        Assert.Equal(expected, Directory.GetFiles(packages.Feed).Select(Path.GetFileName).Order());
        Assert.Equal(projects.Order(), Dependencies.Select(row => row.Data.Item1).Order());
    }

    [Theory]
    [MemberData(nameof(Dependencies))]
    public void A_package_needs_what_it_uses_and_nothing_more(string id, string[] expected)
    {
        XElement metadata = ReadMetadata(id);
        XElement[] groups = [.. Named(metadata, "dependencies").Elements()];
        Assert.All(groups, group => Assert.Equal("net10.0", group.Attribute("targetFramework")!.Value));
        XElement[] dependencies = [.. groups.Elements()];
        IEnumerable<string> frameworks = metadata.Descendants().Where(element => element.Name.LocalName == "frameworkReference").Select(element => element.Attribute("name")!.Value);
        Assert.Equal(expected.Order(), dependencies.Select(dependency => dependency.Attribute("id")!.Value).Concat(frameworks).Order());
        Assert.All(
            dependencies.Where(dependency => dependency.Attribute("id")!.Value.StartsWith("BerOfChat.", StringComparison.Ordinal)),
            dependency => Assert.Equal(packages.Version, dependency.Attribute("version")!.Value));
        if (id != "BerOfChat.Sdk.Testing") Assert.All(dependencies, dependency => Assert.DoesNotContain("xunit", dependency.Attribute("id")!.Value, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Dependencies))]
    public void A_package_says_what_it_is(string id, string[] expected)
    {
        Assert.NotNull(expected);
        XElement metadata = ReadMetadata(id);
        Assert.InRange(Named(metadata, "description").Value.Length, 60, 400);
        Assert.Equal("MIT", Named(metadata, "license").Value);
        Assert.Equal("README.md", Named(metadata, "readme").Value);
        Assert.InRange(Named(metadata, "tags").Value.Split(' ').Length, 5, 15);
        using ZipArchive package = Open(id, "nupkg");
        using var reader = new StreamReader(package.GetEntry("README.md")!.Open());
        string readme = reader.ReadToEnd();
        Assert.StartsWith($"# {id}\n", readme, StringComparison.Ordinal);

        // The gallery shows the page alone: a link into the repository would lead nowhere.
        Assert.DoesNotContain("](docs/", readme, StringComparison.Ordinal);
        Assert.DoesNotContain("](..", readme, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Dependencies))]
    public void A_package_has_documentation_and_symbols_and_no_trace_of_the_machine(string id, string[] expected)
    {
        Assert.NotNull(expected);
        using ZipArchive package = Open(id, "nupkg");
        string[] library = [.. package.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith("lib/", StringComparison.Ordinal)).Order()];
        Assert.Equal([$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"], library);
        using ZipArchive symbols = Open(id, "snupkg");
        ZipArchiveEntry pdb = symbols.GetEntry($"lib/net10.0/{id}.pdb")!;
        Assert.Equal("BSJB"u8, Read(pdb).AsSpan(0, 4));
#if !DEBUG
        byte[] home = System.Text.Encoding.UTF8.GetBytes(packages.Root);
        Assert.All(package.Entries.Append(pdb), entry => Assert.Equal(-1, Read(entry).AsSpan().IndexOf(home)));
#endif
    }

    private XElement ReadMetadata(string id)
    {
        using ZipArchive package = Open(id, "nupkg");
        using Stream nuspec = package.GetEntry(id + ".nuspec")!.Open();
        return Named(XDocument.Load(nuspec).Root!, "metadata");
    }

    private ZipArchive Open(string id, string extension) => ZipFile.OpenRead(Path.Combine(packages.Feed, $"{id}.{packages.Version}.{extension}"));

    private static XElement Named(XElement parent, string name) => parent.Elements().Single(element => element.Name.LocalName == name);

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
