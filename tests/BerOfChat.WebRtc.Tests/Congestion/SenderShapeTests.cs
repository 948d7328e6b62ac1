using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Sctp.Congestion;

namespace BerOfChat.WebRtc.Tests.Congestion;

/// <summary>How a sender behaves over time: how fast it starts, what it does after a loss, how much leaves at once.</summary>
public sealed class SenderShapeTests
{
    private static readonly TimeSpan s_roundTrip = TimeSpan.FromMilliseconds(50);
    private static readonly BottleneckConditions s_wide = new() { BytesPerSecond = 125_000_000, Delay = s_roundTrip / 2 };

    private readonly SharedPath _path = new(s_wide);

    [Fact]
    public void Slow_start_doubles_the_window_in_each_round_trip()
    {
        SctpFlow flow = Start(_path);
        int window = flow.Sender.CongestionWindowSize;
        Assert.Equal(SctpLimits.InitialCongestionWindowPackets * SctpLimits.MaxPacketSize, window);
        // The first data leaves one round trip after INIT; the next window is there two round trips after that at the latest, as what is paced takes half of one.
        _path.Run(s_roundTrip * 3);
        for (int i = 0; i < 5; i++)
        {
            int before = flow.Sender.CongestionWindowSize;
            _path.Run(s_roundTrip);
            Assert.InRange(flow.Sender.CongestionWindowSize / (double)before, 1.6, 2.2);
        }
    }

    [Fact]
    public void Slow_start_ends_on_rising_delay_before_a_long_queue_overflows()
    {
        BottleneckConditions slow = s_wide with { BytesPerSecond = 2_500_000 };
        SharedPath path = new(slow with { QueueBytes = (int)(8 * slow.BandwidthDelayProduct) });
        Start(path);
        path.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(0, path.Forward.Overflowed);
        Assert.True(path.Forward.Waiting(path.Now) > 0, "The path is not used.");
    }

    [Theory]
    [InlineData(125_000_000)]
    [InlineData(12_500_000)]
    [InlineData(1_250_000)]
    public void No_more_leaves_at_once_than_ten_packets_or_what_passes_in_a_millisecond(long rate)
    {
        SharedPath path = new(s_wide with { BytesPerSecond = rate, Loss = 0.001 });
        SctpFlow flow = Start(path);
        path.Run(TimeSpan.FromSeconds(3), () =>
        {
            // The pace is at most two windows in a round trip, and the credit may end within a packet.
            double millisecond = 2.0 * flow.Sender.CongestionWindowSize / (flow.Sender.SmoothedRtt ?? s_roundTrip).TotalMilliseconds;
            double packets = 2 + (Math.Max(Pacer.BurstPackets * SctpLimits.MaxPacketSize, millisecond) / SctpLimits.MaxPacketSize);
            Assert.InRange(flow.Burst, 0, (int)Math.Ceiling(packets) * (SctpLimits.MaxPacketSize + SctpFlow.Headers));
        });
        Assert.True(flow.Delivered > 0.5 * 3 * Math.Min(rate, 12_500_000), $"{flow.Delivered} bytes");
    }

    [Fact]
    public void Many_losses_in_one_window_reduce_it_once_and_to_no_less_than_half()
    {
        SctpFlow flow = Start(_path);
        _path.Run(s_roundTrip * 8);
        int before = flow.Sender.CongestionWindowSize, smallest = int.MaxValue;
        int passing = 0;
        // Every tenth packet of the next 200.
        _path.Intercept = (from, _) => from == LinkEnd.A && ++passing <= 200 && passing % 10 == 0;
        _path.Run(s_roundTrip * 3, () => smallest = Math.Min(smallest, flow.Sender.CongestionWindowSize));
        Assert.InRange(smallest, before / 2, int.MaxValue);
        Assert.InRange(flow.Sender.Retransmissions, 20, 25);
    }

    [Fact]
    public void A_lost_packet_where_no_queue_is_costs_its_own_size()
    {
        SctpFlow flow = Start(_path);
        _path.Run(s_roundTrip * 6);
        bool hasLost = false;
        int before = 0;
        _path.Intercept = (from, _) => from == LinkEnd.A && !hasLost && (hasLost = true);
        _path.Run(s_roundTrip * 3, () =>
        {
            if (flow.Sender.Retransmissions == 0) before = flow.Sender.CongestionWindowSize;
        });
        Assert.Equal(1, flow.Sender.Retransmissions);
        Assert.InRange(flow.Sender.CongestionWindowSize, before * 0.9, before * 1.2);
    }

    [Fact]
    public void A_lost_tail_is_found_by_a_probe_and_not_by_the_timer()
    {
        SctpFlow flow = new(_path) { IsEndless = false };
        _path.Add(flow);
        _path.Run(s_roundTrip * 6);
        int window = flow.Sender.CongestionWindowSize, sent = 0;
        _path.Intercept = (from, _) => from == LinkEnd.A && ++sent is 4 or 5;
        flow.Send(5 * SctpLimits.MaxFragmentSize);
        MonotonicTime start = _path.Now;
        MonotonicTime? arrived = null;
        _path.Run(TimeSpan.FromSeconds(2), () => arrived ??= flow.Delivered > 0 ? _path.Now : null);
        // One round trip for the others, whose last is acknowledged late; two and the slack until the probe, one for its answer, half of one to get there.
        Assert.True(arrived - start < (s_roundTrip * 4.5) + (2 * SctpLimits.DelayedAck) + TimeSpan.FromMilliseconds(10), $"after {arrived - start}");
        Assert.True(flow.Sender.CongestionWindowSize > window / 2, "The window has collapsed.");
    }

    [Fact]
    public void The_timer_doubles_while_nothing_is_answered_and_the_window_is_one_packet()
    {
        SctpFlow flow = new(_path) { IsEndless = false };
        _path.Add(flow);
        _path.Run(s_roundTrip * 6);
        List<MonotonicTime> sent = [];
        _path.Intercept = (from, _) =>
        {
            if (from == LinkEnd.A) sent.Add(_path.Now);
            return true;
        };
        flow.Send(100);
        _path.Run(TimeSpan.FromSeconds(6));
        TimeSpan[] gaps = [.. sent.Zip(sent.Skip(1), (one, next) => next - one)];
        // The message, its probe, then the timer: 300 ms from the probe on, 600 ms, 1.2 s, 2.4 s.
        Assert.True(gaps.Length >= 5, string.Join(", ", gaps));
        for (int i = 2; i < gaps.Length; i++) Assert.InRange(gaps[i] / gaps[i - 1], 1.9, 2.1);
        Assert.InRange(flow.Sender.CongestionWindowSize, SctpLimits.MaxPacketSize, SctpLimits.MaxPacketSize);
    }

    [Fact]
    public void A_delay_longer_than_the_timer_gives_the_window_back()
    {
        SctpFlow flow = Start(_path);
        _path.Run(s_roundTrip * 7);
        int before = flow.Sender.CongestionWindowSize;
        // All acknowledgements take a second.
        _path.Hold(LinkEnd.B, TimeSpan.FromSeconds(1));
        _path.Run(TimeSpan.FromMilliseconds(900));
        Assert.Equal(SctpLimits.MaxPacketSize, flow.Sender.CongestionWindowSize);
        _path.Run(TimeSpan.FromMilliseconds(200));
        Assert.InRange(flow.Sender.CongestionWindowSize, before, int.MaxValue);
    }

    [Fact]
    public void A_repeated_packet_measures_no_round_trip()
    {
        SctpFlow flow = new(_path) { IsEndless = false };
        _path.Add(flow);
        _path.Run(s_roundTrip * 6);
        TimeSpan before = flow.Sender.SmoothedRtt!.Value;
        int sent = 0;
        _path.Intercept = (from, _) => from == LinkEnd.A && ++sent <= 2;
        flow.Send(100);
        _path.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(100, flow.Delivered);
        Assert.Equal(before, flow.Sender.SmoothedRtt);
    }

    private static SctpFlow Start(SharedPath path)
    {
        SctpFlow flow = new(path);
        path.Add(flow);
        path.Run(s_roundTrip * 1.5);
        return flow;
    }
}
