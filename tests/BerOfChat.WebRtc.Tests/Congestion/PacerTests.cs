using BerOfChat.Primitives;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Sctp.Congestion;

namespace BerOfChat.WebRtc.Tests.Congestion;

public sealed class PacerTests
{
    private const int Window = 200 * SctpLimits.MaxPacketSize;

    private static readonly TimeSpan s_roundTrip = TimeSpan.FromMilliseconds(100);
    private static readonly MonotonicTime s_start = default(MonotonicTime) + TimeSpan.FromHours(1);

    private readonly Pacer _pacer = new();

    public PacerTests() => _pacer.SetRate(Window, s_roundTrip, isSlowStart: false);

    [Fact]
    public void A_burst_leaves_at_once_and_the_rest_when_its_time_has_come()
    {
        Assert.InRange(Send(s_start), Pacer.BurstPackets, Pacer.BurstPackets + 1);
        MonotonicTime next = Assert.NotNull(_pacer.NextSend);
        Assert.InRange(next - s_start, TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(1));
        _pacer.HandleTimeout(next);
        Assert.InRange(Send(next), 1, 3);
    }

    [Fact]
    public void A_loop_that_comes_late_sends_what_it_would_have_sent()
    {
        Send(s_start);
        MonotonicTime late = s_start + (s_roundTrip / 2);
        _pacer.HandleTimeout(late);
        // A window and a quarter in a round trip.
        Assert.InRange(Send(late), 120, 130);
    }

    [Fact]
    public void A_loop_that_gives_the_turn_to_others_in_the_middle_loses_nothing_by_that()
    {
        Assert.True(_pacer.MaySend(s_start));
        _pacer.NoteSent(SctpLimits.MaxPacketSize);
        Assert.InRange(Send(s_start + (s_roundTrip / 2)), 120, 140);
    }

    [Fact]
    public void Time_in_which_there_was_nothing_to_send_gives_no_more_than_a_burst()
    {
        Assert.True(_pacer.MaySend(s_start));
        _pacer.NoteNothing();
        Assert.InRange(Send(s_start + (s_roundTrip / 2)), Pacer.BurstPackets, Pacer.BurstPackets + 1);
    }

    private int Send(MonotonicTime now)
    {
        int packets = 0;
        for (; _pacer.MaySend(now); packets++) _pacer.NoteSent(SctpLimits.MaxPacketSize);
        return packets;
    }
}
