using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>The messages of one channel.</summary>
internal sealed class ChannelReader(IAsyncEnumerator<DataChannelMessage> messages)
{
    public async Task ExpectAsync(byte[] expected)
    {
        Assert.True(await messages.MoveNextAsync());
        Assert.Equal(DataChannelMessageKind.Binary, messages.Current.Kind);
        Assert.True(messages.Current.Payload.Span.SequenceEqual(expected), $"Binary of {expected.Length} bytes differs; {messages.Current.Payload.Length} came.");
    }

    public async Task ExpectAsync(string expected)
    {
        Assert.True(await messages.MoveNextAsync());
        Assert.Equal(DataChannelMessageKind.Text, messages.Current.Kind);
        if (messages.Current.Text != expected) Assert.Fail($"Text of {expected.Length} characters differs; {messages.Current.Text.Length} came.");
    }

    /// <summary>Reads until the channel ends; returns how many messages came.</summary>
    /// <param name="expected">What each of them must be, by its number; null for any order.</param>
    public async Task<int> CountRestAsync(Func<int, byte[]>? expected)
    {
        int count = 0;
        for (; await messages.MoveNextAsync(); count++)
        {
            if (expected is not null) Assert.True(messages.Current.Payload.Span.SequenceEqual(expected(count)), $"Message {count} differs.");
        }

        return count;
    }

    /// <summary>The channel must end now, with nothing left.</summary>
    public async Task ExpectEndAsync() => Assert.False(await messages.MoveNextAsync());
}
