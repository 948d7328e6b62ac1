using BerOfChat.Simulation;

namespace BerOfChat.WebRtc.Tests.Congestion;

/// <summary>What a bulk transfer reaches over paths with delay and loss. The link's rate counts every header of a packet; of what it carries, our payload can be 92.4 % at most.</summary>
public sealed class PathTests
{
    private const long Gigabit = 125_000_000;

    /// <summary>What Reno reaches at 50 ms and 1 % by its formula, in bytes a second.</summary>
    private const double RenoBound = 280_000;

    [Fact]
    public void A_gigabit_at_20_ms_is_used_to_nine_tenths()
    {
        SharedPath path = new(new BottleneckConditions { BytesPerSecond = Gigabit, Delay = TimeSpan.FromMilliseconds(10) });
        SctpFlow flow = new(path);
        path.Add(flow);
        path.Run(TimeSpan.FromSeconds(1));
        long start = flow.Delivered;
        Assert.True(start > 0.6 * Gigabit, $"{start} bytes in the first second");
        path.Run(TimeSpan.FromSeconds(3));
        Assert.True(flow.Delivered - start > 0.9 * 3 * Gigabit, $"{flow.Delivered - start} bytes in three seconds");
    }

    [Fact]
    public void One_packet_in_a_thousand_lost_at_50_ms_leaves_three_quarters_of_a_hundred_megabit() =>
        ForSeeds(0.001, TimeSpan.FromSeconds(15), rate => rate > 0.75 * Gigabit / 10);

    [Fact]
    public void One_packet_in_a_hundred_lost_at_50_ms_leaves_twenty_times_what_reno_reaches() =>
        ForSeeds(0.01, TimeSpan.FromSeconds(20), rate => rate > 20 * RenoBound);

    [Fact]
    public void One_packet_in_twenty_lost_leaves_more_than_reno_reaches_with_one_in_a_hundred() =>
        ForSeeds(0.05, TimeSpan.FromSeconds(30), rate => rate > 4 * RenoBound);

    /// <summary>No less than four packets in each round trip of 50 ms, of which a fifth is lost, and one in five is a repetition.</summary>
    [Fact]
    public void One_packet_in_five_lost_leaves_the_smallest_window() =>
        ForSeeds(0.2, TimeSpan.FromSeconds(60), rate => rate > 4 * 1160 / 0.050 * 0.8 * 0.8);

    [Fact]
    public void Packets_that_overtake_others_within_a_quarter_of_the_round_trip_cost_nothing()
    {
        BottleneckConditions conditions = new() { BytesPerSecond = Gigabit / 100, Delay = TimeSpan.FromMilliseconds(25), Reordering = 0.05, ReorderDelay = TimeSpan.FromMilliseconds(12) };
        SharedPath path = new(conditions);
        SctpFlow flow = new(path);
        path.Add(flow);
        path.Run(TimeSpan.FromSeconds(30));
        Assert.True(flow.Delivered > 0.9 * 30 * conditions.BytesPerSecond, $"{flow.Delivered} bytes");
        Assert.InRange(flow.Sender.Retransmissions, 0, path.Forward.Overflowed * 3 / 2);
    }

    /// <summary>A twentieth of a round trip is a queue of 100 packets: what it drops must not keep the path empty.</summary>
    [Fact]
    public void A_short_queue_is_enough()
    {
        BottleneckConditions conditions = new() { BytesPerSecond = Gigabit, Delay = TimeSpan.FromMilliseconds(10) };
        SharedPath path = new(conditions with { QueueBytes = (int)(conditions.BandwidthDelayProduct / 20) });
        SctpFlow flow = new(path);
        path.Add(flow);
        path.Run(TimeSpan.FromSeconds(5));
        Assert.True(flow.Delivered > 0.6 * 5 * Gigabit, $"{flow.Delivered} bytes");
    }

    private static void ForSeeds(double loss, TimeSpan duration, Func<double, bool> isEnough)
    {
        foreach (int seed in Seeds.Take(2, 20))
        {
            SharedPath path = new(new BottleneckConditions { BytesPerSecond = Gigabit / 10, Delay = TimeSpan.FromMilliseconds(25), Loss = loss }, seed);
            SctpFlow flow = new(path, seed);
            path.Add(flow);
            path.Run(duration);
            double rate = flow.Delivered / duration.TotalSeconds;
            Assert.True(isEnough(rate), $"seed {seed}: {rate / 1e6:F3} MB/s");
        }
    }
}
