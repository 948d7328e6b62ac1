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

    /// <summary>The channel must end now, with nothing left.</summary>
    public async Task ExpectEndAsync() => Assert.False(await messages.MoveNextAsync());
}
