using System.Reflection;

namespace BerOfChat.Architecture.Tests;

/// <summary>Dependencies point down only.</summary>
public sealed class DependencyTests
{
    [Theory]
    [InlineData("BerOfChat.WebRtc", "it is a package of its own that knows nothing of chat")]
    [InlineData("BerOfChat.Sdk.Abstractions", "a plug-in author must not inherit our dependencies")]
    public void An_assembly_at_the_bottom_references_none_of_ours(string assembly, string reason)
    {
        IEnumerable<string?> ours = Assembly.Load(assembly).GetReferencedAssemblies().Select(a => a.Name).Where(n => n!.StartsWith("BerOfChat", StringComparison.Ordinal));
        Assert.True(!ours.Any(), $"{assembly} references {string.Join(", ", ours)}, but {reason}.");
    }
}
