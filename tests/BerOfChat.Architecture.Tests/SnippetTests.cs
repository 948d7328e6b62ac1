using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BerOfChat.Architecture.Tests;

/// <summary>Every line of C# that the documentation shows compiles against what is in the repository.</summary>
/// <remarks>
/// A snippet is a program, a piece of one, or declarations. A piece may use the names of <c>Surroundings</c> without declaring them, as the text around it does. All are one compilation.
/// </remarks>
public sealed class SnippetTests
{
    private static readonly CSharpParseOptions s_parsing = new(LanguageVersion.Preview);

    [Fact]
    public void Every_snippet_of_the_documentation_compiles()
    {
        Snippet[] snippets = [.. Markdown.Files().SelectMany(Markdown.Snippets)];
        Assert.NotEmpty(snippets);
        List<SyntaxTree> trees = [Parse(Usings, "usings"), Parse(Surroundings, "surroundings")];
        trees.AddRange(snippets.Select((snippet, number) => Parse(ToFile(snippet, number), snippet.ToString())));
        string[] errors = [.. Compile(trees).Select(Describe)];
        Assert.True(errors.Length == 0, string.Join('\n', errors));
    }

    [Fact]
    public void A_snippet_that_does_not_compile_is_found_with_its_line()
    {
        var snippet = new Snippet("page.md", 12, "using BerOfChat;\n\nRoom found = room;\nawait found.ShoutAsync();\n");
        Diagnostic error = Assert.Single(Compile([Parse(Usings, "usings"), Parse(Surroundings, "surroundings"), Parse(ToFile(snippet, 0), "page.md:12")]));
        Assert.Equal("CS1061", error.Id);
        Assert.Equal(14, error.Location.GetMappedLineSpan().StartLinePosition.Line);      // counted from 0: the fourth line of a block that begins on line 12
    }

    private static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(text, s_parsing, path);

    private static IEnumerable<Diagnostic> Compile(IEnumerable<SyntaxTree> trees)
    {
        string[] assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: false);
        CSharpCompilation compilation = CSharpCompilation.Create("Snippets", trees, assemblies.Select(path => MetadataReference.CreateFromFile(path)), options);
        return compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
    }

    private static string Describe(Diagnostic error)
    {
        FileLinePositionSpan place = error.Location.GetMappedLineSpan();
        return $"{place.Path}:{place.StartLinePosition.Line + 1}: {error.GetMessage(CultureInfo.InvariantCulture)}";
    }

    /// <summary>Puts the statements of a snippet into a method and leaves its declarations beside it.</summary>
    private static string ToFile(Snippet snippet, int number)
    {
        // The first lines of a file-based app name packages, not code.
        string code = string.Join('\n', snippet.Code.Split('\n').Select(line => line.StartsWith("#:", StringComparison.Ordinal) ? "" : line));
        CompilationUnitSyntax unit = CSharpSyntaxTree.ParseText(code, s_parsing).GetCompilationUnitRoot();
        MemberDeclarationSyntax[] statements = [.. unit.Members.OfType<GlobalStatementSyntax>()];
        if (statements.Length == 0) return $"#line {snippet.Line} \"{snippet.File}\"\n{code}";

        string usings = string.Concat(unit.Usings.Select(directive => directive.ToFullString()));
        string body = code[statements[0].FullSpan.Start..statements[^1].FullSpan.End];
        int line = snippet.Line + code.AsSpan(0, statements[0].FullSpan.Start).Count('\n');
        string declarations = string.Concat(unit.Members.Except(statements).Select(member => member.ToFullString()));
        return $$"""
            {{usings}}
            namespace Snippet{{number}}
            {
                internal sealed class Program : Surroundings
                {
                    public async Task RunAsync()
                    {
                        await Task.CompletedTask;
            #line {{line}} "{{snippet.File}}"
            {{body}}
                    }
                }
                {{declarations}}
            }
            """;
    }

    /// <summary>What a project of today uses without saying so, and the SDK.</summary>
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using BerOfChat;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        """;

    /// <summary>What the text around a snippet has spoken of.</summary>
    private const string Surroundings = """
        internal abstract class Surroundings
        {
            protected readonly string[] args = [];
            protected readonly string password = "", path = "", text = "";
            protected readonly BerOfChatClient client = null!, alice = null!, bob = null!;
            protected readonly BerOfChatOptions options = new();
            protected readonly Room room = null!;
            protected readonly RoomInvite invite = null!;
            protected readonly PeerId peer;
            protected readonly WebApplicationBuilder builder = null!;
            protected readonly WebApplication app = null!;
            protected readonly IServiceCollection services = null!;
            protected readonly CancellationToken cancellationToken;
        }
        """;
}
