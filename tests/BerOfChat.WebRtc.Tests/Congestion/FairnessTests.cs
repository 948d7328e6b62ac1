using BerOfChat.Simulation;

namespace BerOfChat.WebRtc.Tests.Congestion;

/// <summary>Two flows share 100 Mbit/s with 50 ms and a queue of one round trip that drops at its tail.</summary>
public sealed class FairnessTests
{
    private static readonly TimeSpan s_measured = TimeSpan.FromSeconds(60);
    private static readonly (double Ours, double Theirs)[] s_starts = [(0, 0), (3, 0), (0, 3)];

    [Fact]
    public void Beside_reno_neither_gets_less_than_a_third() => Share(path => new RenoFlow(path));

    [Fact]
    public void Beside_cubic_neither_gets_less_than_a_third() => Share(path => new CubicFlow(path));

    [Fact]
    public void Beside_one_of_our_own_neither_gets_less_than_a_third() => Share(path => new SctpFlow(path, seed: 100), [(0, 3)]);

    private static void Share(Func<SharedPath, IPathFlow> makeOther, (double Ours, double Theirs)[]? starts = null)
    {
        foreach ((double ours, double theirs) in starts ?? s_starts)
        {
            double[] shares = [.. Seeds.Take(2, 5).Select(seed => Share(makeOther, ours, theirs, seed))];
            Assert.True(shares.Average() is > 1 / 3.0 and < 2 / 3.0, $"we start at {ours} s, the other at {theirs} s, and get {string.Join(", ", shares.Select(s => $"{s:P0}"))}");
        }
    }

    private static double Share(Func<SharedPath, IPathFlow> makeOther, double oursStart, double theirStart, int seed)
    {
        SharedPath path = new(new BottleneckConditions { BytesPerSecond = 12_500_000, Delay = TimeSpan.FromMilliseconds(25), AccessNoise = TimeSpan.FromMilliseconds(0.5) }, seed);
        SctpFlow ours = new(path, seed);
        IPathFlow other = makeOther(path);
        path.Add(ours, TimeSpan.FromSeconds(oursStart));
        path.Add(other, TimeSpan.FromSeconds(theirStart));
        path.Run(TimeSpan.FromSeconds(10));
        long ourStart = ours.Delivered, otherStart = other.Delivered;
        path.Run(s_measured);
        double mine = ours.Delivered - ourStart, all = mine + other.Delivered - otherStart;
        Assert.True(all > 0.9 * s_measured.TotalSeconds * 12_500_000, "The path is not used.");
        return mine / all;
    }
}
