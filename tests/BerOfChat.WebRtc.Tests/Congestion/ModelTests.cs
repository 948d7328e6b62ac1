using BerOfChat.Simulation;

namespace BerOfChat.WebRtc.Tests.Congestion;

/// <summary>The models that our sender is judged beside behave as their originals are known to.</summary>
public sealed class ModelTests
{
    private static readonly BottleneckConditions s_conditions = new() { BytesPerSecond = 12_500_000, Delay = TimeSpan.FromMilliseconds(25) };

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.01)]
    [InlineData(0.05)]
    public void Reno_reaches_what_its_formula_says_for_random_loss(double loss)
    {
        double rate = Rate(s_conditions with { Loss = loss }, path => new RenoFlow(path));
        // RFC 3819 section 8.5.1: one segment and its square root of 3/4 by the loss, as every second segment is acknowledged.
        double formula = TcpFlow.SegmentSize / 0.050 * Math.Sqrt(0.75 / loss);
        Assert.InRange(rate / formula, 0.6, 1.6);
    }

    [Fact]
    public void Reno_and_cubic_fill_a_path_whose_queue_holds_a_round_trip()
    {
        Assert.InRange(Rate(s_conditions, path => new RenoFlow(path)) / 12_500_000, 0.93, 0.97);
        Assert.InRange(Rate(s_conditions, path => new CubicFlow(path)) / 12_500_000, 0.93, 0.97);
    }

    [Fact]
    public void Cubic_is_no_slower_than_reno_under_random_loss() =>
        Assert.True(Rate(s_conditions with { Loss = 0.01 }, path => new CubicFlow(path)) > Rate(s_conditions with { Loss = 0.01 }, path => new RenoFlow(path)));

    [Fact]
    public void Two_flows_of_a_kind_share_a_path()
    {
        foreach (Func<SharedPath, TcpFlow> make in (Func<SharedPath, TcpFlow>[])[path => new RenoFlow(path), path => new CubicFlow(path)])
        {
            SharedPath path = new(s_conditions);
            TcpFlow first = make(path), second = make(path);
            path.Add(first);
            path.Add(second, TimeSpan.FromSeconds(2));
            path.Run(TimeSpan.FromSeconds(90));
            long before = second.Delivered, all = first.Delivered + second.Delivered;
            path.Run(TimeSpan.FromSeconds(60));
            Assert.InRange((second.Delivered - before) / (double)(first.Delivered + second.Delivered - all), 0.35, 0.65);
        }
    }

    private static double Rate(BottleneckConditions conditions, Func<SharedPath, IPathFlow> make)
    {
        SharedPath path = new(conditions);
        IPathFlow flow = make(path);
        path.Add(flow);
        path.Run(TimeSpan.FromSeconds(60));
        return flow.Delivered / 60.0;
    }
}
