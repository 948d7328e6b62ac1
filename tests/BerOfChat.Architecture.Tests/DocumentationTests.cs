using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace BerOfChat.Architecture.Tests;

/// <summary>What the documentation says is there is there.</summary>
public sealed partial class DocumentationTests
{
    [Fact]
    public void Every_link_inside_the_repository_leads_somewhere()
    {
        foreach (string file in Markdown.Files())
        {
            foreach (Match link in Link().Matches(File.ReadAllText(file)))
            {
                string target = link.Groups[1].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
                string path = Path.Combine(Path.GetDirectoryName(file)!, target);
                Assert.True(Path.Exists(path), $"{Path.GetRelativePath(Repository.Root, file)} links to {target}, which is not there.");
            }
        }
    }

    [Fact]
    public void Every_name_of_the_sources_that_the_architecture_speaks_of_is_there()
    {
        HashSet<string> known = [.. Repository.SourceFiles().Concat(Repository.Files("tests")).SelectMany(file => Identifier().Matches(File.ReadAllText(file)).Select(match => match.Value))];
        foreach (string folder in Directory.EnumerateDirectories(Repository.Find("src"), "*", SearchOption.AllDirectories)) known.Add(Path.GetFileName(folder));
        string text = CodeBlock().Replace(File.ReadAllText(Repository.Find("docs", "architecture.md")), "");
        string[] names = [.. InlineCode().Matches(text).Select(match => match.Groups[1].Value).Where(name => Name().IsMatch(name))];
        Assert.NotEmpty(names);
        foreach (string name in names)
        {
            foreach (string part in name.Split('/', '.'))
                Assert.True(known.Contains(part), $"docs/architecture.md speaks of {name}, but there is no {part} in the sources.");
        }
    }

    [Fact]
    public void Every_package_is_named_with_its_reason()
    {
        string text = File.ReadAllText(Repository.Find("docs", "dependencies.md"));
        foreach (XElement package in XDocument.Load(Repository.Find("Directory.Packages.props")).Descendants("PackageVersion"))
        {
            string name = package.Attribute("Include")!.Value;
            Assert.True(text.Contains(name, StringComparison.Ordinal), $"docs/dependencies.md does not say why {name} is there.");
        }
    }

    [Fact]
    public void The_readme_names_the_version_that_is_packed()
    {
        string version = XDocument.Load(Repository.Find("Directory.Build.props")).Descendants("Version").Single().Value;
        foreach (string file in Markdown.Files())
        {
            foreach (Match package in PackageDirective().Matches(File.ReadAllText(file)))
                Assert.True(package.Groups[1].Value == version, $"{Path.GetRelativePath(Repository.Root, file)} names version {package.Groups[1].Value}, but {version} is packed.");
        }
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\b[A-Z]\w+")]
    private static partial Regex Identifier();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InlineCode();

    /// <summary>For example <c>Ice/IceAgent</c> or <c>Room.SendAsync</c>.</summary>
    [GeneratedRegex(@"^(?:[A-Z]\w+/)*[A-Z]\w+[a-z](?:\.[A-Z]\w+)?$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^#:package BerOfChat[\w.]*@(\S+)", RegexOptions.Multiline)]
    private static partial Regex PackageDirective();
}
