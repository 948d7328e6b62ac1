using BerOfChat.Primitives;

namespace BerOfChat.Client;

public sealed class AttemptTurnsTests
{
    [Fact]
    public async Task A_device_is_called_once_at_a_time_and_another_meanwhile()
    {
        var turns = new AttemptTurns();
        IDisposable first = await turns.TakeAsync(Key(1), TestContext.Current.CancellationToken);
        Task<IDisposable> second = turns.TakeAsync(Key(1), TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);
        using IDisposable other = await turns.TakeAsync(Key(2), TestContext.Current.CancellationToken);
        first.Dispose();
        first.Dispose();
        (await second).Dispose();
        using IDisposable again = await turns.TakeAsync(Key(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_attempt_that_is_over_before_its_turn_does_not_hold_up_the_next()
    {
        var turns = new AttemptTurns();
        using var over = new CancellationTokenSource();
        IDisposable first = await turns.TakeAsync(Key(1), TestContext.Current.CancellationToken);
        Task<IDisposable> second = turns.TakeAsync(Key(1), over.Token);
        Task<IDisposable> third = turns.TakeAsync(Key(1), TestContext.Current.CancellationToken);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        first.Dispose();
        (await third).Dispose();
    }

    private static Bytes32 Key(byte number) => Bytes32.Read([.. Enumerable.Repeat(number, 32)]);
}
