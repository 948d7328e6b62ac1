using BerOfChat.Fuzzing;

namespace BerOfChat.Fuzz;

/// <summary>Everything above the connection that reads what a peer, a signaling service or a changed file may hold.</summary>
[Trait("Category", "Fuzz")]
public sealed class FuzzTests
{
    public static TheoryData<string> Targets => FuzzTargets.Names;

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_input_throws_breaks_an_invariant_or_fills_the_memory(string target) => FuzzTargets.Run(target);
}
