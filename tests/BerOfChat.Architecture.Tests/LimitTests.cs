using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace BerOfChat.Architecture.Tests;

/// <summary>The table of limits in docs/security.md says what the code says, and names tests that exist.</summary>
public sealed partial class LimitTests
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static TheoryData<string, string, string> Limits => [.. Rows().Select(row => (row[3].Trim('`'), row[1], row[4].Trim('`')))];

    [Theory]
    [MemberData(nameof(Limits))]
    public void A_limit_is_what_the_table_says(string name, string limit, string test)
    {
        Assert.Equal(Parse(limit), ValueOf(name));
        Assert.True(TestNames().Contains(test), $"There is no test {test}.");
    }

    [Fact]
    public void Every_limit_of_the_cores_stands_in_the_table()
    {
        HashSet<string> listed = [.. Rows().Select(row => row[3].Trim('`'))];
        foreach (string type in new[] { "SctpLimits", "SyncLimits", "LogLimits", "SignalingServerOptions" })
        {
            foreach (string limit in Find(type).GetMembers(Members).Where(member => member.MemberType is MemberTypes.Field or MemberTypes.Property && MaxName().IsMatch(member.Name)).Select(member => $"{type}.{member.Name}"))
                Assert.True(listed.Contains(limit) || s_ofOurs.Contains(limit), $"docs/security.md does not list {limit}.");
        }
    }

    /// <summary>Bounds of what we send, or of what only we decide.</summary>
    private static readonly HashSet<string> s_ofOurs = ["SctpLimits.MaxPacketSize", "SctpLimits.MaxFragmentSize", "SctpLimits.MaxRto", "SctpLimits.MaxHandshakeRto", "SctpLimits.MaxStreams", "SctpLimits.MaxUnanswered", "SyncLimits.MaxRunSize"];

    private static IEnumerable<string[]> Rows()
    {
        string text = File.ReadAllText(Repository.Find("docs", "security.md"));
        string table = text[text.IndexOf("\n## Limits", StringComparison.Ordinal)..];
        table = table[..table.IndexOf("\n## Reporting", StringComparison.Ordinal)];
        return table.Split('\n').Where(line => line.StartsWith('|')).Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)).Where(cells => cells.Length == 5 && cells[3].StartsWith('`'));
    }

    private static long Parse(string limit)
    {
        Match match = Amount().Match(limit);
        Assert.True(match.Success, $"\"{limit}\" does not begin with a number.");
        long number = long.Parse(match.Groups[1].Value.Trim(','), NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        return match.Groups[2].Value switch { "KiB" => number * 1024, "MiB" => number * 1024 * 1024, _ => number };
    }

    private static long ValueOf(string name)
    {
        string[] parts = name.Split('.');
        Type type = Find(parts[0]);
        MemberInfo member = type.GetMember(parts[1], Members).Single();
        object? value = member switch
        {
            FieldInfo { IsStatic: true } field => field.GetValue(null),
            PropertyInfo property => property.GetValue(Activator.CreateInstance(type)),
            _ => null,
        };
        return Convert.ToInt64(value, CultureInfo.InvariantCulture);
    }

    // A linked source file is a type in more than one assembly, and the same in each.
    private static Type Find(string name) => s_assemblies.SelectMany(assembly => assembly.GetTypes()).First(type => type.Name == name);

    private static HashSet<string> TestNames()
    {
        IEnumerable<string> files = Repository.Files("tests").Concat(Repository.Files("src").Where(file => file.Contains("BerOfChat.Sdk.Testing", StringComparison.Ordinal)));
        return [.. files.SelectMany(file => TestName().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))];
    }

    private static readonly Assembly[] s_assemblies = [.. new[] { "BerOfChat.WebRtc", "BerOfChat.Sdk", "BerOfChat.Sdk.Signaling.Server" }.Select(Assembly.Load)];

    [GeneratedRegex(@"^([0-9,]+) ?(KiB|MiB)?")]
    private static partial Regex Amount();

    [GeneratedRegex("^(Max|ReceiveWindow|WantWindow)")]
    private static partial Regex MaxName();

    [GeneratedRegex(@"(?:void|Task) ([A-Z]\w+)\(")]
    private static partial Regex TestName();
}
