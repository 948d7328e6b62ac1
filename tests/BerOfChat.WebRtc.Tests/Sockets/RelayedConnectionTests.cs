using System.Net;
using System.Text;
using BerOfChat.WebRtc.Tests.Connection;

namespace BerOfChat.WebRtc.Tests.Sockets;

/// <summary>Two connections through a TURN server, over real sockets on loopback.</summary>
public sealed class RelayedConnectionTests
{
    [Fact]
    public async Task Two_that_use_nothing_but_relays_exchange_messages_and_give_their_relays_back()
    {
        await using TurnServerSocket server = new();
        PeerConnectionOptions options = new() { BindAddresses = [IPAddress.Loopback], IceServers = [server.ToIceServer()], IceTransportPolicy = IceTransportPolicy.Relay };
        await using (ConnectedPair pair = await ConnectedPair.OpenAsync(options))
        {
            // Larger than one datagram, in both directions.
            string text = new('x', 100_000);
            await pair.A.SendAsync(text, pair.Token);
            await pair.B.SendAsync(text, pair.Token);
            Assert.Equal(text, await ReadAsync(pair.B, pair.Token));
            Assert.Equal(text, await ReadAsync(pair.A, pair.Token));

            PeerConnectionStatistics statistics = await pair.Offerer.GetStatisticsAsync(pair.Token);
            Assert.Equal(("relay", "relay"), (statistics.LocalCandidateType, statistics.RemoteCandidateType));
            IceCandidateStatistics relay = Assert.Single(statistics.LocalCandidates);
            Assert.Equal(("udp", server.ToIceServer().Urls[0] + "?transport=udp"), (relay.RelayProtocol, relay.Url));
        }

        await server.Released.WaitAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<string> ReadAsync(DataChannel channel, CancellationToken cancellationToken)
    {
        await foreach (DataChannelMessage message in channel.ReadAllAsync(cancellationToken)) return Encoding.UTF8.GetString(message.Payload.Span);
        throw new InvalidOperationException("The channel has ended.");
    }
}
