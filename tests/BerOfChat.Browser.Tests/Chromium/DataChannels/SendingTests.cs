using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>Everything that a page can send, and every form in which it can receive.</summary>
[Collection(DefaultChromiumDefinition.Name)]
public sealed class SendingTests(DefaultChromium chromium)
{
    private static readonly PairOptions s_either = new() { OpenedByPeer = ["announced"], OpenedByUs = [], Negotiated = [("negotiated", 3)] };

    // Two bytes a number, so that Int16Array has its share too.
    public static MatrixTheoryData<string, int> Channels => new(["announced", "negotiated"], [0, 2, 40_000]);

    [Theory]
    [MemberData(nameof(Channels))]
    public Task Every_form_that_a_page_can_send_arrives_as_its_bytes_in_the_order_of_sending(string label, int size) => chromium.RunAsync(s_either, async pair =>
    {
        Task<string[]> sending = pair.CallAsync<string[]>("sendForms", label, 1, size);
        ChannelReader reader = await pair.GetReaderAsync(label);
        string[] forms = await sending;
        Assert.Equal(["string", "ArrayBuffer", "Blob", "Uint8Array", "part of a buffer", "DataView", "Int16Array"], forms);
        await reader.ExpectAsync(Payload.Text(1, size));
        for (int i = 1; i < forms.Length; i++) await reader.ExpectAsync(Payload.Bytes(1 + i, size));
    });

    [Theory]
    [InlineData("blob", "Blob")]
    [InlineData("arraybuffer", "ArrayBuffer")]
    public Task A_page_receives_bytes_in_the_form_it_has_chosen_and_text_always_as_text(string chosen, string received) => chromium.RunAsync(s_either, async pair =>
    {
        foreach (string label in (string[])["announced", "negotiated"])
        {
            DataChannel channel = await pair.GetChannelAsync(label);
            ChannelReader reader = await pair.GetReaderAsync(label);
            foreach (int size in (int[])[0, 1, 100_000])
            {
                Task<string> kind = pair.CallAsync<string>("receiveAs", label, chosen, 5, size);
                await reader.ExpectAsync("ready");
                await channel.SendAsync(Payload.Bytes(5, size));
                Assert.Equal(received, await kind);
            }

            Task<string> text = pair.CallAsync<string>("receiveAs", label, chosen, 0, 0);
            await reader.ExpectAsync("ready");
            await channel.SendAsync("text");
            Assert.Equal("String", await text);
        }
    });

    [Fact]
    public Task Half_a_character_becomes_the_mark_for_one_that_is_not_known_on_both_ways() => chromium.RunAsync(new PairOptions(), async pair =>
    {
        await pair.CallAsync("sendHalf", "hers");
        await (await pair.GetReaderAsync("hers")).ExpectAsync("a\uFFFDb");
        await (await pair.GetChannelAsync("hers")).SendAsync("a\uD83Db");
        Assert.Equal("a\uFFFDb", await pair.CallAsync<string>("receiveText", "hers"));
    });

    [Fact]
    public Task What_a_page_has_queued_counts_in_bytes_and_is_nothing_once_it_was_sent() => chromium.RunAsync(s_either, async pair =>
    {
        foreach (string label in (string[])["announced", "negotiated"])
        {
            int[] amounts = await pair.CallAsync<int[]>("amountsWhileSending", label, (string[])["hello", "世界你好", "", "€"]);
            Assert.Equal([5, 17, 17, 20, 0], amounts);
            ChannelReader reader = await pair.GetReaderAsync(label);
            foreach (string message in (string[])["hello", "世界你好", "", "€"]) await reader.ExpectAsync(message);
        }
    });

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(599_999)]
    public Task A_page_hears_once_that_its_queue_towards_us_has_fallen_to_the_threshold(int threshold) => chromium.RunAsync(new PairOptions(), async pair =>
    {
        ChannelReader reader = await pair.GetReaderAsync("hers");
        Task<int[]> events = pair.CallAsync<int[]>("lowEvents", "hers", threshold, 10, 60_000);
        for (int i = 0; i < 10; i++) await reader.ExpectAsync(Payload.Bytes(i, 60_000));
        Assert.InRange(Assert.Single(await events), 0, threshold);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public Task We_hear_that_our_queue_towards_a_page_has_fallen_to_the_threshold(int threshold) => chromium.RunAsync(new PairOptions(), async pair =>
    {
        DataChannel channel = await pair.GetChannelAsync("hers");
        channel.BufferedAmountLowThreshold = threshold;
        TaskCompletionSource<long> low = new(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.BufferedAmountLow += (_, _) => low.TrySetResult(channel.BufferedAmount);
        int count = 0;
        while (channel.TrySend(Payload.Bytes(count, 60_000))) count++;
        Assert.InRange(await low.Task, 0, threshold);
        for (int i = 0; i < count; i++) await pair.CallAsync("receive", "hers", i, 60_000);
        Assert.Equal(0, channel.BufferedAmount);
    });
}
