using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Tests.Ice;

/// <summary>The agent against what browsers do: nominations at any time, on any pair, again and again.</summary>
public sealed class IceBrowserTests
{
    private static readonly TransportAddress s_first = IceWorld.Address("192.0.2.9", 5001);
    private static readonly TransportAddress s_second = IceWorld.Address("192.0.2.9", 5002);

    private readonly IceAgent _agent = new(new IceAgentOptions { IsControlling = false }, new SeededRandomSource(1));
    private readonly BrowserPeer _browser;
    private MonotonicTime _now;

    public IceBrowserTests()
    {
        _browser = new BrowserPeer(_agent);
        _agent.AddLocalHostCandidate(0, IceWorld.Address("192.0.2.1", 1000), _now);
        _agent.SetRemoteCredentials(_browser.Credentials, _now);
    }

    [Fact]
    public void A_nomination_in_the_first_check_counts_once_our_own_check_is_answered()
    {
        _browser.Check(s_first, nominates: true, _now);
        Assert.Null(_agent.SelectedPair);
        _browser.AnswerAll(_now);
        Assert.True(_agent.SelectedPair!.IsNominated);
        Assert.Equal(IceState.Completed, _agent.State);
    }

    [Fact]
    public void A_changed_nomination_is_followed_to_a_worse_pair_too()
    {
        _browser.Check(s_first, nominates: true, _now);
        Run(seconds: 1);
        _browser.Check(s_second, nominates: true, _now);
        Run(seconds: 1);
        Assert.Equal(s_second, _agent.SelectedRoute!.Value.Remote);
        _browser.Check(s_first, nominates: true, _now);
        Run(seconds: 1);
        Assert.Equal(s_first, _agent.SelectedRoute!.Value.Remote);
        Assert.Equal(IceState.Completed, _agent.State);
    }

    [Fact]
    public void A_nominated_pair_that_worked_long_ago_is_proven_again_and_does_not_end_the_connection()
    {
        _browser.Check(s_second, nominates: false, _now);
        Run(seconds: 1);
        _browser.Check(s_first, nominates: true, _now);
        Run(seconds: 60);
        Assert.Equal(s_first, _agent.SelectedRoute!.Value.Remote);

        _browser.Check(s_second, nominates: true, _now);
        Run(seconds: 5);
        Assert.Equal(s_second, _agent.SelectedRoute!.Value.Remote);
        Assert.Equal(IceState.Completed, _agent.State);
    }

    [Fact]
    public void An_attribute_that_must_be_understood_is_refused_with_420_and_an_optional_one_is_ignored()
    {
        _browser.Check(s_first, nominates: false, _now, extra: 0xC057);
        Assert.Empty(_browser.AnswerAll(_now));
        _browser.Check(s_second, nominates: false, _now, extra: 0x7F01);
        Assert.Equal([420], _browser.AnswerAll(_now));
        Assert.False(_agent.IsValidatedSource(0, s_second));
    }

    [Fact]
    public void A_role_that_both_claim_is_given_up_against_the_higher_tie_breaker()
    {
        IceAgent controlling = new(new IceAgentOptions { IsControlling = true }, new SeededRandomSource(2));
        BrowserPeer browser = new(controlling);
        controlling.AddLocalHostCandidate(0, IceWorld.Address("192.0.2.1", 1000), _now);
        controlling.SetRemoteCredentials(browser.Credentials, _now);
        browser.Check(s_first, nominates: true, _now);
        Assert.False(controlling.IsControlling);
        browser.AnswerAll(_now);
        Assert.Equal(IceState.Completed, controlling.State);
    }

    [Fact]
    public void No_time_out_is_left_due_after_it_was_handled()
    {
        for (int step = 0; step < 20_000 && _agent.NextTimeout is { } due; step++)
        {
            if (due > _now) _now = due;
            _agent.HandleTimeout(_now);
            Assert.True(_agent.NextTimeout is not { } next || next > _now, $"at {_now}");
            if (step == 5) _agent.TryAddRemoteCandidate("candidate:1 1 udp 2130706431 192.0.2.9 5001 typ host", _now);
            if (_now.SinceStart < TimeSpan.FromSeconds(60)) _browser.AnswerAll(_now);
        }

        Assert.Equal(IceState.Failed, _agent.State);
    }

    private void Run(int seconds)
    {
        MonotonicTime end = _now + TimeSpan.FromSeconds(seconds);
        _browser.AnswerAll(_now);
        while (_agent.NextTimeout is { } due && due <= end)
        {
            if (due > _now) _now = due;
            _agent.HandleTimeout(_now);
            _browser.AnswerAll(_now);
        }

        _now = end;
    }
}
