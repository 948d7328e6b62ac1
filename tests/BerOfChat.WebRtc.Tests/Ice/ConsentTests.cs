using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Tests.Ice;

/// <summary>Consent to go on sending (RFC 7675).</summary>
public sealed class ConsentTests
{
    private static readonly TransportAddress s_address = IceWorld.Address("192.0.2.9", 5001);

    private readonly List<(MonotonicTime At, StunTransactionId Id)> _asked = [];
    private IceAgent _agent = null!;
    private BrowserPeer _browser = null!;
    private MonotonicTime _now;

    public ConsentTests() => Connect(new IceAgentOptions { IsControlling = false });

    [Fact]
    public void Requests_come_every_four_to_six_seconds_at_random_each_a_new_transaction()
    {
        Run(TimeSpan.FromMinutes(10), answers: true);
        double[] pauses = [.. _asked.Zip(_asked.Skip(1), (a, b) => (b.At - a.At).TotalSeconds)];
        Assert.InRange(_asked.Count, 100, 150);
        Assert.All(pauses, p => Assert.InRange(p, 4, 6));
        Assert.True(pauses.Distinct().Count() > 90 && pauses.Max() - pauses.Min() > 1.5, "The pauses are not random.");
        Assert.Equal(_asked.Count, _asked.Select(a => a.Id).Distinct().Count());
        Assert.Equal(_asked.Count, _agent.SelectedPair!.Counters.ConsentRequestsSent);
        Assert.Equal(IceState.Completed, _agent.State);
    }

    [Fact]
    public void Thirty_seconds_after_the_last_answer_nothing_more_is_sent()
    {
        MonotonicTime last = _now;
        Run(TimeSpan.FromMinutes(2), answers: false);
        Assert.Equal(IceState.Failed, _agent.State);
        Assert.Null(_agent.SelectedRoute);
        Assert.Null(_agent.NextTimeout);
        Assert.True(_asked[^1].At - last < TimeSpan.FromSeconds(30));
        Assert.Equal(0, _agent.WritePacket(new byte[1500], out _));
        Assert.Equal(_asked.Count, _asked.Select(a => a.Id).Distinct().Count());
    }

    [Fact]
    public void A_shorter_patience_ends_sooner_and_changes_nothing_while_answers_come()
    {
        Connect(new IceAgentOptions { IsControlling = false, ConsentTimeout = TimeSpan.FromSeconds(10) });
        Run(TimeSpan.FromMinutes(10), answers: true);
        Assert.Equal(IceState.Completed, _agent.State);
        Assert.Equal(0, _browser.Disconnections);
        MonotonicTime start = _now;
        Run(TimeSpan.FromMinutes(2), answers: false);
        Assert.Equal(IceState.Failed, _agent.State);
        Assert.InRange(_now - start, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void An_answer_in_the_last_moment_renews_consent_also_when_it_answers_an_old_request()
    {
        byte[] packet = new byte[1500];
        MonotonicTime start = _now;
        while (_agent.NextTimeout is { } due && due < start + TimeSpan.FromSeconds(29)) RunOnce(due, answers: false);
        Assert.Equal(IceState.Disconnected, _agent.State);
        _now = start + TimeSpan.FromSeconds(29.9);
        _browser.AnswerOldest(_now);
        Assert.Equal(IceState.Completed, _agent.State);
        Run(TimeSpan.FromSeconds(20), answers: false);
        Assert.NotEqual(IceState.Failed, _agent.State);
        Assert.True(_agent.WritePacket(packet, out _) >= 0);
    }

    [Fact]
    public void One_lost_answer_is_no_disconnection()
    {
        while (_agent.NextTimeout is { } due && _asked.Count == 0) RunOnce(due, answers: false);
        MonotonicTime end = _now + TimeSpan.FromSeconds(60);
        Run(end - _now, answers: true);
        Assert.Equal(IceState.Completed, _agent.State);
        Assert.Equal(0, _browser.Disconnections);
    }

    [Fact]
    public void A_forged_answer_renews_nothing()
    {
        MonotonicTime start = _now;
        while (_agent.NextTimeout is { } due && due < start + TimeSpan.FromMinutes(2))
        {
            RunOnce(due, answers: false);
            if (_asked.Count > 0) _browser.Forge(_asked[^1].Id, s_address, _now);
        }

        Assert.Equal(IceState.Failed, _agent.State);
        Assert.Equal(start + TimeSpan.FromSeconds(30), _now);
    }

    [Fact]
    public void A_peer_whose_address_changes_two_hundred_times_is_never_lost()
    {
        for (int i = 0; i < 200; i++)
        {
            TransportAddress address = IceWorld.Address("198.51.100.7", 1000 + i);
            _browser.Check(address, nominates: true, _now);
            Run(TimeSpan.FromSeconds(1), answers: true);
            Assert.Equal(address, _agent.SelectedRoute!.Value.Remote);
        }
    }

    private void Connect(IceAgentOptions options)
    {
        _agent = new IceAgent(options, new SeededRandomSource(1));
        _browser = new BrowserPeer(_agent);
        _agent.AddLocalHostCandidate(0, IceWorld.Address("192.0.2.1", 1000), _now);
        _agent.SetRemoteCredentials(_browser.Credentials, _now);
        _browser.Check(s_address, nominates: true, _now);
        _browser.AnswerAll(_now);
        Assert.Equal(IceState.Completed, _agent.State);
    }

    private void Run(TimeSpan duration, bool answers)
    {
        MonotonicTime end = _now + duration;
        Collect(answers);
        while (_agent.NextTimeout is { } due && due <= end) RunOnce(due, answers);
        if (_now < end && answers) _now = end;
    }

    private void RunOnce(MonotonicTime due, bool answers)
    {
        if (due > _now) _now = due;
        _agent.HandleTimeout(_now);
        Assert.False(_agent.NextTimeout <= _now, "A time-out is still due after it was handled.");
        Collect(answers);
    }

    private void Collect(bool answers)
    {
        foreach (StunTransactionId id in _browser.Collect()) _asked.Add((_now, id));
        if (answers) _browser.AnswerAll(_now);
    }
}
