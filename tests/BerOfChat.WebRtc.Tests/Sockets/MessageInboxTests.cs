using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sockets;

namespace BerOfChat.WebRtc.Tests.Sockets;

/// <summary>How messages come from the loop to the one who reads.</summary>
public sealed class MessageInboxTests
{
    private readonly MessageInbox _inbox = new();

    [Fact]
    public async Task Who_waits_is_woken_once_for_all_that_a_turn_has_brought()
    {
        ValueTask<bool> wait = _inbox.WaitAsync(TestContext.Current.CancellationToken);
        _inbox.Add(Message(1));
        _inbox.Add(Message(2));
        Assert.False(wait.IsCompleted);
        _inbox.Flush();
        Assert.True(await wait);
        Assert.Equal([1, 2], TakeAll());
    }

    [Fact]
    public async Task Who_comes_late_does_not_wait()
    {
        _inbox.Add(Message(1));
        _inbox.Flush();
        Assert.True(await _inbox.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal([1], TakeAll());
    }

    [Fact]
    public async Task What_came_before_the_end_is_read_before_it()
    {
        ValueTask<bool> wait = _inbox.WaitAsync(TestContext.Current.CancellationToken);
        _inbox.Add(Message(1));
        _inbox.Complete();
        Assert.True(await wait);
        Assert.Equal([1], TakeAll());
        Assert.False(await _inbox.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_wait_that_was_given_up_loses_nothing()
    {
        using CancellationTokenSource stop = new();
        ValueTask<bool> wait = _inbox.WaitAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await wait);
        _inbox.Add(Message(1));
        _inbox.Flush();
        Assert.True(await _inbox.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal([1], TakeAll());
    }

    [Fact]
    public async Task A_fast_writer_and_a_reader_that_gives_up_now_and_then_agree_on_every_message()
    {
        const int Count = 50_000;
        Task writing = Task.Run(() =>
        {
            for (int i = 0; i < Count; i++)
            {
                _inbox.Add(Message(i));
                if (i % 7 == 0) _inbox.Flush();
            }

            _inbox.Complete();
        });
        List<int> read = [];
        for (int round = 0; ; round++)
        {
            read.AddRange(TakeAll());
            using CancellationTokenSource stop = new();
            ValueTask<bool> wait = _inbox.WaitAsync(stop.Token);
            if (round % 3 == 0) await stop.CancelAsync();
            try
            {
                if (!await wait) break;
            }
            catch (OperationCanceledException)
            {
                // The message that was waited for is still there.
            }
        }

        await writing;
        Assert.Equal(Enumerable.Range(0, Count), read);
    }

    private List<int> TakeAll()
    {
        List<int> taken = [];
        while (_inbox.TryTake(out ReceivedMessage message)) taken.Add(message.Channel);
        return taken;
    }

    private static ReceivedMessage Message(int number) => new(number, DataChannelMessageKind.Binary, default, 0);
}
