using System.Net;
using System.Text.RegularExpressions;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Tests.Turn;

namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>Two homes and two servers, and what is expected of explanations, which name no address.</summary>
internal static partial class DiagnosisLaboratory
{
    public const string FirstStun = "stun:198.51.100.1", SecondStun = "stun:198.51.100.2", FirstTurn = "turn:198.51.100.1", DeadTurn = "turn:198.51.100.66", DeadStun = "stun:198.51.100.66";
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    public static LinkConditions Conditions => new() { Delay = TimeSpan.FromMilliseconds(20) };

    public static NatWorld Create(NatKind ofA, NatKind ofB, Func<TurnServerModelOptions, TurnServerModelOptions>? options = null)
    {
        NatWorld world = new(1, Conditions, Behind(ofA, "203.0.113.1"), Behind(ofB, "203.0.113.2"));
        TurnServerModel first = world.AddServer("198.51.100.1");
        if (options is not null) first.Options = options(first.Options);
        world.AddServer("198.51.100.2");
        return world;
    }

    private static Site Behind(NatKind kind, string outer) => new($"a {kind} NAT", new NatBox(kind, IPAddress.Parse(outer)));

    public static void Negotiate(NatWorld world, params string[] urls) => world.Negotiate(["192.168.1.10"], ["192.168.2.20"], urls);

    public static ConnectionExplanation Expect(NatEnd end, ConnectionDiagnosis diagnosis)
    {
        ConnectionExplanation explanation = end.Core.Explain();
        string page = explanation.ToString();
        Assert.True(explanation.Diagnosis == diagnosis, $"{end.Name}: not {diagnosis} but\n{page}");
        Assert.DoesNotMatch(Address(), page);
        return explanation;
    }

    public static void ExpectEnd(NatWorld world, ConnectionDiagnosis ofA, ConnectionDiagnosis ofB)
    {
        Assert.True(world.RunUntil(() => world.Ends.All(e => e.End is not null), Patience), "It does not end.");
        Expect(world.A, ofA);
        Expect(world.B, ofB);
    }

    [GeneratedRegex(@"\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f]*:[0-9a-f]*", RegexOptions.IgnoreCase)]
    private static partial Regex Address();
}
