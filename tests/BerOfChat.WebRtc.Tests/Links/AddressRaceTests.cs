using System.Net;
using BerOfChat.WebRtc.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace BerOfChat.WebRtc.Tests.Links;

/// <summary>Which address is tried when, at a clock of the test (RFC 8305).</summary>
public sealed class AddressRaceTests
{
    private static readonly IPAddress s_six1 = IPAddress.Parse("2001:db8::1"), s_six2 = IPAddress.Parse("2001:db8::2"), s_six3 = IPAddress.Parse("2001:db8::3");
    private static readonly IPAddress s_four1 = IPAddress.Parse("192.0.2.1"), s_four2 = IPAddress.Parse("192.0.2.2");
    private static readonly TimeSpan s_headStart = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new();
    private readonly Dictionary<IPAddress, Attempt> _attempts = [];
    private readonly List<IPAddress> _order = [];
    private bool _areDeaf;

    [Fact]
    public async Task An_address_that_answers_at_once_is_the_only_one_tried()
    {
        Task<Attempt> race = Run(s_six1, s_four1);
        _attempts[s_six1].Succeed();
        Assert.Equal(s_six1, (await race).Address);
        Assert.Equal([s_six1], _order);
    }

    [Fact]
    public async Task Families_take_turns_and_each_address_has_a_head_start()
    {
        Task<Attempt> race = Run(s_six1, s_six2, s_six3, s_four1, s_four2);
        for (int tried = 1; tried < 5; tried++)
        {
            Assert.Equal(tried, _order.Count);
            _time.Advance(s_headStart - TimeSpan.FromTicks(1));
            Assert.Equal(tried, _order.Count);
            _time.Advance(TimeSpan.FromTicks(1));
            await TriedAsync(tried + 1);
        }

        Assert.Equal([s_six1, s_four1, s_six2, s_four2, s_six3], _order);
        _attempts[s_four1].Succeed();
        Assert.Equal(s_four1, (await race).Address);
        Assert.All(_attempts.Values.Where(attempt => attempt.Address != s_four1), attempt => Assert.True(attempt.Task.IsCanceled));
    }

    [Fact]
    public async Task One_that_fails_brings_the_next_one_forward()
    {
        Task<Attempt> race = Run(s_six1, s_four1);
        _attempts[s_six1].Fail("no route");
        await TriedAsync(2);
        _attempts[s_four1].Succeed();
        Assert.Equal(s_four1, (await race).Address);
    }

    [Fact]
    public async Task When_all_fail_the_last_failure_is_reported()
    {
        Task<Attempt> race = Run(s_six1, s_four1);
        _attempts[s_six1].Fail("no route");
        await TriedAsync(2);
        _attempts[s_four1].Fail("refused");
        Assert.Equal("refused", (await Assert.ThrowsAsync<InvalidOperationException>(() => race)).Message);
    }

    [Fact]
    public async Task One_that_comes_too_late_is_disposed_of()
    {
        _areDeaf = true;
        Task<Attempt> race = Run(s_six1, s_four1);
        _time.Advance(s_headStart);
        await TriedAsync(2);
        _attempts[s_four1].Succeed();
        await race;
        _attempts[s_six1].Succeed();
        await _attempts[s_six1].Disposed.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(_attempts[s_four1].Disposed.IsCompleted);
    }

    [Fact]
    public async Task A_race_that_is_cancelled_ends_with_all_who_run()
    {
        using CancellationTokenSource stop = new();
        Task<Attempt> race = AddressRace.RunAsync([s_six1, s_four1], Begin, _time, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => race);
        Assert.Single(_order);
    }

    [Fact]
    public async Task Of_a_name_with_many_addresses_only_so_many_are_tried()
    {
        Task<Attempt> race = Run([.. Enumerable.Range(1, 20).Select(i => IPAddress.Parse($"192.0.2.{i}"))]);
        for (int i = 1; i <= AddressRace.MaxAddresses; i++)
        {
            await TriedAsync(i);
            _attempts[_order[^1]].Fail("refused");
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => race);
        Assert.Equal(AddressRace.MaxAddresses, _order.Count);
    }

    private Task<Attempt> Run(params IPAddress[] addresses) => AddressRace.RunAsync(addresses, Begin, _time, TestContext.Current.CancellationToken);

    private Task<Attempt> Begin(IPAddress address, CancellationToken token)
    {
        Attempt attempt = new(address, token);
        if (!_areDeaf) token.Register(attempt.Cancel);
        lock (_order)
        {
            _attempts.Add(address, attempt);
            _order.Add(address);
        }

        return attempt.Task;
    }

    // Continuations run on the pool: what the clock has set off may take a moment.
    private async Task TriedAsync(int count)
    {
        while (true)
        {
            lock (_order)
            {
                if (_order.Count >= count) break;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken);
        }

        Assert.Equal(count, _order.Count);
    }

    private sealed class Attempt : IDisposable
    {
        private readonly TaskCompletionSource<Attempt> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Attempt(IPAddress address, CancellationToken token)
        {
            Address = address;
            Token = token;
        }

        public IPAddress Address { get; }

        public CancellationToken Token { get; }

        public Task<Attempt> Task => _result.Task;

        public Task Disposed => _disposed.Task;

        public void Succeed() => _result.TrySetResult(this);

        public void Cancel() => _result.TrySetCanceled(Token);

        public void Fail(string message) => _result.TrySetException(new InvalidOperationException(message));

        public void Dispose() => _disposed.TrySetResult();
    }
}
