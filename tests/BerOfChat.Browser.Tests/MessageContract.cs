using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>The guard against a private dialect: another stack must understand every byte that we send, and we its, whoever offers and whoever starts the handshake.</summary>
public abstract class MessageContract(PeerFixture peer)
{
    /// <summary>The cipher suite that the peer agrees to.</summary>
    protected abstract string CipherSuite { get; }

    private static readonly int[] s_sizes = [0, 1, 1000, 16_384, 65_536, 262_144];

    public static MatrixTheoryData<Side, Side, int, bool> Matrix => new([Side.Peer, Side.We], [Side.Peer, Side.We], [2, 8], [false, true]);

    [Theory]
    [MemberData(nameof(Matrix))]
    public Task Every_message_arrives_byte_for_byte(Side offerer, Side dtlsClient, int channels, bool usesIPv6)
    {
        string[] labels = [.. Enumerable.Range(0, channels).Select(i => $"channel {i}")];
        PairOptions options = new()
        {
            Offerer = offerer,
            DtlsClient = dtlsClient,
            UsesIPv6 = usesIPv6,
            OpenedByPeer = [.. labels.Where((_, i) => i % 4 == 0)],
            OpenedByUs = [.. labels.Where((_, i) => i % 4 == 1)],
            Negotiated = [.. labels.Select((label, i) => (label, (ushort)(100 + i))).Where((_, i) => i % 4 == 2)],
        };
        string[] later = [.. labels.Where((_, i) => i % 4 == 3)];
        return peer.RunAsync(options, async pair =>
        {
            for (int i = 0; i < later.Length; i++) await (i % 2 == 0 ? pair.CallAsync("open", later[i], null) : pair.OpenAsync(later[i]));
            await Task.WhenAll(labels.Select((label, i) => pair.ExchangeAsync(label, seed: 10 * i, s_sizes, count: 20)));

            string role = offerer == dtlsClient ? "passive" : "active";
            Assert.Contains($"a=setup:{role}", pair.Answer, StringComparison.Ordinal);
            // RFC 8832 section 6: the DTLS client opens channels with even ids.
            Assert.Equal(dtlsClient == Side.Peer ? 0 : 1, (await pair.GetChannelAsync(labels[0])).Id % 2);
            Assert.Equal(dtlsClient == Side.We ? 0 : 1, (await pair.GetChannelAsync(labels[1])).Id % 2);

            PeerConnectionStatistics statistics = await pair.Connection.GetStatisticsAsync();
            Assert.Equal(CipherSuite, statistics.CipherSuite);
            Assert.Equal(usesIPv6, statistics.RemoteAddress!.StartsWith('['));
        });
    }

    [Theory]
    [InlineData(Side.Peer)]
    [InlineData(Side.We)]
    public Task Ten_thousand_messages_each_way_arrive_in_order(Side offerer) =>
        peer.RunAsync(new PairOptions { Offerer = offerer }, pair => pair.ExchangeAsync("hers", seed: 1, [], count: 10_000));

    [Theory]
    [InlineData("\0")]
    [InlineData("é € 😀 \r\n\u2028 你好")]
    public Task Text_is_the_same_on_both_sides(string text) => peer.RunAsync(new PairOptions(), async pair =>
    {
        await (await pair.GetChannelAsync("hers")).SendAsync(text);
        Assert.Equal(text, await pair.CallAsync<string>("receiveText", "hers"));
        await pair.CallAsync("sendText", "hers", text);
        await (await pair.GetReaderAsync("hers")).ExpectAsync(text);
    });
}
