using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>The timer of RFC 9260 section 6.3.1.</summary>
public sealed class RetransmissionTimeoutTests
{
    private readonly RetransmissionTimeout _rto = new();

    [Fact]
    public void Before_a_measurement_it_is_the_initial_one()
    {
        Assert.Equal(SctpLimits.InitialRto, _rto.Current);
        Assert.Null(_rto.SmoothedRtt);
    }

    [Fact]
    public void The_first_round_trip_gives_three_of_itself()
    {
        _rto.Observe(TimeSpan.FromMilliseconds(200));
        Assert.Equal(TimeSpan.FromMilliseconds(200), _rto.SmoothedRtt);
        Assert.Equal(TimeSpan.FromMilliseconds(600), _rto.Current);
    }

    [Fact]
    public void A_steady_way_brings_it_near_the_round_trip()
    {
        for (int i = 0; i < 200; i++) _rto.Observe(TimeSpan.FromMilliseconds(800));
        Assert.InRange(_rto.Current, TimeSpan.FromMilliseconds(800), TimeSpan.FromMilliseconds(810));
    }

    [Fact]
    public void An_unsteady_way_keeps_it_above_every_round_trip_and_calm_brings_it_down()
    {
        TimeSpan[] roundTrips = [.. new[] { 400, 700, 500, 800, 450, 650 }.Select(m => TimeSpan.FromMilliseconds(m))];
        for (int i = 0; i < 100; i++)
        {
            _rto.Observe(roundTrips[i % roundTrips.Length]);
            Assert.True(_rto.Current > roundTrips.Max());
        }

        for (int i = 0; i < 100; i++) _rto.Observe(TimeSpan.FromMilliseconds(500));
        Assert.InRange(_rto.Current, TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(510));
    }

    [Theory]
    [InlineData(0, 0.3)]
    [InlineData(0.001, 0.3)]
    [InlineData(100, 10)]
    public void It_stays_within_its_limits(double roundTrip, double expected)
    {
        _rto.Observe(TimeSpan.FromSeconds(roundTrip));
        Assert.Equal(TimeSpan.FromSeconds(expected), _rto.Current);
    }

    [Fact]
    public void It_doubles_up_to_its_limit_however_often_it_expires_and_news_brings_it_back()
    {
        _rto.Observe(TimeSpan.FromMilliseconds(200));
        _rto.BackOff();
        Assert.Equal(TimeSpan.FromMilliseconds(1200), _rto.Current);
        for (int i = 0; i < 10_000; i++) _rto.BackOff();
        Assert.Equal(SctpLimits.MaxRto, _rto.Current);
        _rto.Reset();
        Assert.Equal(TimeSpan.FromMilliseconds(600), _rto.Current);
    }
}
