using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>How channels come to be: before and after connecting, by announcement and by agreement, under which name and id.</summary>
[Collection(DefaultChromiumDefinition.Name)]
public sealed class OpeningTests(DefaultChromium chromium)
{
    private const int LongestName = 65_535;

    private static readonly TimeSpan s_longForOneMessage = TimeSpan.FromSeconds(5);

    public static TheoryData<string, string, string> Names => new()
    {
        { "nothing", "", "" },
        { "unicode", "Zürich \0 😀 你好", "プロトコル" },
        { "the longest", new string('l', LongestName), new string('p', LongestName) },
        { "the longest in three bytes", new string('•', LongestName / 3), new string('€', LongestName / 3) },
    };

    public static MatrixTheoryData<Side, Side> Roles => new([Side.Peer, Side.We], [Side.Peer, Side.We]);

    [Theory]
    [MemberData(nameof(Names))]
    public Task Label_and_protocol_are_the_same_on_both_sides(string key, string label, string protocol) => chromium.RunAsync(new PairOptions(), async pair =>
    {
        await pair.CallAsync("openNamed", key, label, protocol);
        DataChannel hers = await pair.GetChannelAsync(label);
        Assert.True(hers.Label == label && hers.Protocol == protocol, "The browser's name has come otherwise.");

        // The page keeps one channel for a label: ours has one letter less.
        string ours = label.Length > 0 ? label[..^1] : "ours without a protocol";
        await pair.OpenAsync(ours, new DataChannelInit { Protocol = protocol });
        Assert.True((await pair.CallAsync<string[]>("names", ours)) is [string there, string protocolThere] && there == ours && protocolThere == protocol, "Our name has come otherwise.");
        await pair.ExchangeAsync(ours, seed: 1, [1000], count: 2);
    });

    [Fact]
    public Task A_name_longer_than_the_limit_is_refused_before_anything_is_sent() => chromium.RunAsync(new PairOptions(), async pair =>
    {
        string tooLong = new('é', (LongestName / 2) + 1);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pair.Connection.CreateDataChannelAsync(tooLong));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pair.Connection.CreateDataChannelAsync("", new DataChannelInit { Protocol = tooLong }));
        foreach (string label in (string[])["hers", "ours"]) await pair.ExchangeAsync(label, seed: 1, [1000], count: 2);
        Assert.Equal(2, (await pair.Connection.GetStatisticsAsync()).DataChannelsOpened);
    });

    [Theory]
    [MemberData(nameof(Roles))]
    public Task Ids_follow_the_role_in_the_handshake_and_leave_out_those_in_use_by_agreement(Side offerer, Side dtlsClient)
    {
        PairOptions options = new() { Offerer = offerer, DtlsClient = dtlsClient, OpenedByPeer = ["early"], OpenedByUs = ["early of ours"], Negotiated = [("agreed 0", 0), ("agreed 1", 1), ("agreed 4", 4), ("agreed 5", 5)] };
        return chromium.RunAsync(options, async pair =>
        {
            await pair.CallAsync("open", "late", null);
            await pair.OpenAsync("late of ours");
            foreach (string label in (string[])["early", "early of ours", "late", "late of ours", "agreed 0", "agreed 5"]) await pair.ExchangeAsync(label, seed: 1, [100], count: 2);

            int hers = dtlsClient == Side.Peer ? 0 : 1, ours = 1 - hers;
            int[] ids = await Task.WhenAll(((string[])["early", "late", "early of ours", "late of ours"]).Select(async label =>
            {
                int id = await pair.CallAsync<int>("idNow", label);
                Assert.Equal(id, (int)(await pair.GetChannelAsync(label)).Id!.Value);
                return id;
            }));
            // Which of its own gets which, a browser decides when the handshake tells it the roles.
            Assert.Equal([2 + hers, 6 + hers], ids[..2].Order());
            Assert.Equal([2 + ours, 6 + ours], ids[2..]);
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(1023)]
    [InlineData(65_534)]
    public Task A_channel_by_agreement_takes_any_id_and_is_announced_to_nobody(int id) => chromium.RunAsync(new PairOptions { OpenedByPeer = ["hers"], OpenedByUs = [] }, async pair =>
    {
        await pair.CallAsync("open", "agreed", id);
        await pair.OpenAsync("agreed", (ushort)id);
        foreach (string label in (string[])["agreed", "hers"]) await pair.ExchangeAsync(label, seed: 1, [0, 1000], count: 10);
        Assert.Equal(id, await pair.CallAsync<int>("idNow", "agreed"));
        Assert.Equal(2, (await pair.Connection.GetStatisticsAsync()).DataChannelsOpened);
    });

    [Fact]
    public Task What_a_page_sends_in_the_event_of_a_channel_arrives_once_it_has_left_the_browser() => chromium.RunAsync(new PairOptions(), async pair =>
    {
        const int Channels = 20;
        await pair.CallAsync("answerInEvent", "said in the event");
        int kept = 0;
        for (int i = 0; i < Channels; i++)
        {
            await pair.OpenAsync($"quick {i}");
            ChannelReader reader = await pair.GetReaderAsync($"quick {i}");
            Task reading = reader.ExpectAsync("said in the event");
            // Once in some thousand times Chromium accepts such a message and keeps it for good, on a busy machine above all.
            if (await Task.WhenAny(reading, Task.Delay(s_longForOneMessage)) != reading && await pair.CallAsync<bool>("keepsAll", $"quick {i}")) kept++;
            else await reading;
        }

        Assert.InRange(kept, 0, Channels / 4);
    });

    [Fact]
    public Task What_a_page_sends_before_anybody_reads_is_kept_and_so_is_what_we_send_before_it_listens() => chromium.RunAsync(new PairOptions { OpenedByPeer = ["first"], OpenedByUs = ["ours"] }, async pair =>
    {
        DataChannel ours = await pair.GetChannelAsync("ours");
        for (int i = 0; i < 100; i++) await ours.SendAsync(Payload.Bytes(i, 1000));
        await pair.CallAsync("open", "hers", null);
        await pair.CallAsync("opened", "hers");
        await pair.CallAsync("sendManyAndClose", "hers", 100, 1000);

        // The end has come too when the first of them is read.
        Assert.Equal(0, await pair.CallAsync<int>("closed", "hers"));
        ChannelReader reader = await pair.GetReaderAsync("hers");
        for (int i = 0; i < 100; i++) await reader.ExpectAsync(Payload.Bytes(i, 1000));
        await reader.ExpectEndAsync();
        for (int i = 0; i < 100; i++) await pair.CallAsync("receive", "ours", i, 1000);
    });

    [Theory]
    [InlineData(256, 256)]
    [InlineData(1023, 0)]
    [InlineData(0, 1023)]
    public Task So_many_channels_work_at_once_close_and_can_be_opened_again(int byPage, int byUs) => chromium.RunAsync(new PairOptions { OpenedByPeer = [], OpenedByUs = [], Negotiated = [("agreed", 700)] }, async pair =>
    {
        await pair.CallAsync("sayBack", "ours");
        for (int round = 0; round < 2; round++)
        {
            string hers = $"hers {round}", ours = $"ours {round}";
            Task opening = pair.CallAsync("openMany", hers, byPage);
            await Task.WhenAll(Enumerable.Range(0, byPage).Select(i => SayBackAsync($"{hers} {i}")));
            await opening;
            await Task.WhenAll(Enumerable.Range(0, byUs).Select(i => AskAsync($"{ours} {i}")));
            Assert.Equal(byPage + byUs, (await pair.Connection.GetStatisticsAsync()).DataChannels.Count(c => c.State == DataChannelState.Open && !c.Label.StartsWith("agreed", StringComparison.Ordinal)));

            await pair.CallAsync("closeMany", hers, byPage);
            for (int i = 0; i < byUs; i++) await (await pair.GetChannelAsync($"{ours} {i}")).CloseAsync();
            for (int i = 0; i < byPage; i++) await (await pair.GetReaderAsync($"{hers} {i}")).ExpectEndAsync();
        }

        async Task SayBackAsync(string label)
        {
            ChannelReader reader = await pair.GetReaderAsync(label);
            await reader.ExpectAsync(label);
            await (await pair.GetChannelAsync(label)).SendAsync(label);
        }

        async Task AskAsync(string label)
        {
            DataChannel channel = await pair.OpenAsync(label);
            await channel.SendAsync(label);
            await (await pair.GetReaderAsync(label)).ExpectAsync(label);
        }
    });
}
