using System.Text.RegularExpressions;
using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>Neither side sends more than the other's description accepts (RFC 8841 section 6).</summary>
public abstract partial class MessageSizeContract(PeerFixture peer)
{
    // Without the line the limit is 65,536.
    public static TheoryData<Side, int?, int> Limits => new()
    {
        { Side.Peer, 262_144, 262_144 },
        { Side.We, 262_144, 262_144 },
        { Side.Peer, 1000, 1000 },
        { Side.We, 1000, 1000 },
        { Side.Peer, null, 65_536 },
        { Side.We, null, 65_536 },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public Task A_message_above_the_others_limit_is_refused_where_it_is_sent(Side offerer, int? stated, int limit)
    {
        PairOptions options = new() { Offerer = offerer, TowardsPeer = State, TowardsUs = State };
        return peer.RunAsync(options, async pair =>
        {
            DataChannel channel = await pair.GetChannelAsync("hers");
            WebRtcException refused = await Assert.ThrowsAsync<WebRtcException>(async () => await channel.SendAsync(new byte[limit + 1]));
            Assert.Equal(WebRtcErrorCode.MessageTooLarge, refused.ErrorCode);
            Assert.NotEqual("sent", await pair.CallAsync<string>("trySend", "hers", limit + 1));

            await pair.ExchangeAsync("hers", seed: 1, [limit], count: 1);
        });

        string State(string sdp)
        {
            // An answer never states more than the offer, and nothing when that is the default.
            string others = Line().Replace(sdp, "");
            return stated is null ? others : $"{others}a=max-message-size:{stated}\r\n";
        }
    }

    [GeneratedRegex(@"a=max-message-size:\d+\r\n")]
    private static partial Regex Line();
}
