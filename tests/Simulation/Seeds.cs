using System.Globalization;

namespace BerOfChat.Simulation;

/// <summary>The seeds of a property run: 1 to a count, or only the one in the environment variable <c>BEROFCHAT_SEED</c> to replay a failure.</summary>
internal static class Seeds
{
    public const string Variable = "BEROFCHAT_SEED";

    public static IEnumerable<int> Take(int count) =>
        int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.Integer, CultureInfo.InvariantCulture, out int seed)
            ? [seed]
            : Enumerable.Range(1, count);
}
