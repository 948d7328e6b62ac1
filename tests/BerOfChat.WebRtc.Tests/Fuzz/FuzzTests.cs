using BerOfChat.Fuzzing;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>Everything of this stack that reads what a peer, or anybody at the port, may send.</summary>
[Trait("Category", "Fuzz")]
public sealed class FuzzTests
{
    public static TheoryData<string> Targets => FuzzTargets.Names;

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_input_throws_breaks_an_invariant_or_fills_the_memory(string target) => FuzzTargets.Run(target);
}
