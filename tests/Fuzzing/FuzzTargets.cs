using BerOfChat.Simulation;

namespace BerOfChat.Fuzzing;

/// <summary>All targets of this assembly, and the run of one.</summary>
internal static class FuzzTargets
{
    public static TheoryData<string> Names => [.. Types.Select(type => type.Name[..^"Target".Length])];

    private static IEnumerable<Type> Types => typeof(FuzzTargets).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(FuzzTarget))).OrderBy(type => type.Name, StringComparer.Ordinal);

    /// <summary>Replays the corpus of a target and fuzzes on from there.</summary>
    public static void Run(string name)
    {
        foreach (int seed in Seeds.Take(1, 1))
        {
            var target = (FuzzTarget)Activator.CreateInstance(Types.Single(type => type.Name == name + "Target"))!;
            var run = new FuzzRun(target, seed);
            run.Run(Corpus.Read(name), FuzzRun.Executions);
            Corpus.Keep(name, run.Discoveries);
            Assert.True(run.Outcomes > 1, $"All inputs of {name} have the same outcome: the target sees nothing.");
        }
    }
}
