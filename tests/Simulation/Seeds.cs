using System.Globalization;

namespace BerOfChat.Simulation;

/// <summary>The seeds of a property run: 1 to a count (ten times as many in a long run), or only the one in the environment variable <c>BEROFCHAT_SEED</c> to replay a failure.</summary>
internal static class Seeds
{
    public const string Variable = "BEROFCHAT_SEED";

    private const string LongRunVariable = "BEROFCHAT_LONG";

    public static IEnumerable<int> Take(int count) => Take(count, 10 * count);

    /// <summary>The same with a count of its own for the long run.</summary>
    public static IEnumerable<int> Take(int count, int longCount) =>
        int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.Integer, CultureInfo.InvariantCulture, out int seed)
            ? [seed]
            : Enumerable.Range(1, Environment.GetEnvironmentVariable(LongRunVariable) == "1" ? longCount : count);
}
