using System.Net;
using BerOfChat.WebRtc.Tests.Connection;

namespace BerOfChat.WebRtc.Tests.Coturn;

/// <summary>Connections by way of a TURN server that somebody else wrote. All on loopback.</summary>
public sealed class CoturnTests
{
    [Theory]
    [InlineData("udp")]
    [InlineData("tcp")]
    [InlineData("tls")]
    public async Task Two_who_may_only_use_the_relay_exchange_messages_of_every_size(string transport)
    {
        await using CoturnServer coturn = await CoturnServer.StartAsync();
        string url = transport switch { "udp" => coturn.Udp, "tcp" => coturn.Tcp, _ => coturn.Tls };
        await using (ConnectedPair pair = await ConnectedPair.OpenAsync(RelayOnly(coturn, CoturnServer.At(url))))
        {
            Assert.Equal(2, coturn.CountAllocations());
            await AssertCarriesAsync(pair);
            PeerConnectionStatistics statistics = await pair.Offerer.GetStatisticsAsync(pair.Token);
            Assert.Equal(("relay", "relay"), (statistics.LocalCandidateType, statistics.RemoteCandidateType));
            Assert.All(statistics.LocalCandidates, candidate => Assert.Equal("relay", candidate.CandidateType));
        }

        await coturn.WaitForAllocationsAsync(0);
    }

    [Fact]
    public async Task Several_relays_at_once_give_a_candidate_each()
    {
        await using CoturnServer coturn = await CoturnServer.StartAsync();
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(RelayOnly(coturn, CoturnServer.At(coturn.Udp, coturn.Tcp, coturn.Tls)));
        await coturn.WaitForAllocationsAsync(6);
        await AssertCarriesAsync(pair);
    }

    [Fact]
    public async Task The_server_tells_a_connection_its_address()
    {
        await using CoturnServer coturn = await CoturnServer.StartAsync();
        PeerConnectionOptions options = new() { BindAddresses = [IPAddress.Loopback], IceServers = [new IceServer { Urls = [$"stun:127.0.0.1:{coturn.Port}"] }] };
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(options);
        await AssertCarriesAsync(pair);
    }

    [Fact]
    public async Task Credentials_that_are_good_for_a_time_are_asked_for_and_serve()
    {
        await using CoturnServer coturn = await CoturnServer.StartAsync("use-auth-secret");
        int asked = 0;
        IceServer server = new()
        {
            Urls = [coturn.Udp],
            CredentialProvider = _ =>
            {
                Interlocked.Increment(ref asked);
                return new ValueTask<IceCredential>(CoturnServer.CreateTimeLimited(DateTimeOffset.UtcNow.AddHours(1)));
            },
        };
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(RelayOnly(coturn, server));
        await AssertCarriesAsync(pair);
        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData("udp")]
    [InlineData("tcp")]
    public async Task Credentials_that_have_expired_are_asked_for_again(string transport)
    {
        await using CoturnServer coturn = await CoturnServer.StartAsync("use-auth-secret");
        int asked = 0;
        IceServer server = new()
        {
            Urls = [transport == "udp" ? coturn.Udp : coturn.Tcp],
            CredentialProvider = _ => new ValueTask<IceCredential>(CoturnServer.CreateTimeLimited(DateTimeOffset.UtcNow.AddHours(Interlocked.Increment(ref asked) <= 2 ? -1 : 1))),
        };
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(RelayOnly(coturn, server));
        await AssertCarriesAsync(pair);
        Assert.Equal(4, asked);
    }

    [Fact]
    public async Task A_nonce_that_lives_for_a_second_costs_no_connection()
    {
        await using CoturnServer coturn = await CoturnServer.StartAsync("stale-nonce=1", "max-allocate-lifetime=10");
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(RelayOnly(coturn, CoturnServer.At(coturn.Udp)));
        // Longer than an allocation lives that is not refreshed, with a nonce that is stale by then.
        for (int i = 0; i < 12; i++)
        {
            await AssertCarriesAsync(pair);
            await Task.Delay(TimeSpan.FromSeconds(1), pair.Token);
        }

        Assert.Equal(2, coturn.CountAllocations());
    }

    [Theory]
    [InlineData("udp")]
    [InlineData("tls")]
    public async Task A_wrong_password_ends_gathering_without_a_candidate(string transport)
    {
        await using CoturnServer coturn = await CoturnServer.StartAsync();
        IceServer server = new() { Urls = [transport == "udp" ? coturn.Udp : coturn.Tls], Username = CoturnServer.User, Credential = "wrong" };
        await using PeerConnection connection = new(RelayOnly(coturn, server));
        await connection.CreateDataChannelAsync("boc");
        await connection.SetLocalDescriptionAsync(await connection.CreateOfferAsync());
        List<string> candidates = [];
        await foreach (string candidate in connection.ReadLocalCandidatesAsync(TestContext.Current.CancellationToken)) candidates.Add(candidate);
        Assert.Empty(candidates);
        Assert.Equal(0, coturn.CountAllocations());
    }

    [Fact]
    public async Task A_server_that_names_another_one_is_followed()
    {
        await using CoturnServer second = await CoturnServer.StartAsync();
        await using CoturnServer first = await CoturnServer.StartAsync($"alternate-server=127.0.0.1:{second.Port}");
        await using ConnectedPair pair = await ConnectedPair.OpenAsync(RelayOnly(first, CoturnServer.At(first.Udp)));
        await AssertCarriesAsync(pair);
        Assert.Equal((0, 2), (first.CountAllocations(), second.CountAllocations()));
    }

    private static PeerConnectionOptions RelayOnly(CoturnServer coturn, params IceServer[] servers) => new()
    {
        BindAddresses = [IPAddress.Loopback],
        IceTransportPolicy = IceTransportPolicy.Relay,
        IceServers = servers,
        TrustedRoots = coturn.Roots,
    };

    private static async Task AssertCarriesAsync(ConnectedPair pair)
    {
        await using IAsyncEnumerator<DataChannelMessage> received = pair.B.ReadAllAsync(pair.Token).GetAsyncEnumerator();
        foreach (int size in new[] { 1, 1000, 60_000, 262_144 })
        {
            byte[] bytes = new byte[size];
            new Random(size).NextBytes(bytes);
            await pair.A.SendAsync(bytes, pair.Token);
            Assert.True(await received.MoveNextAsync());
            Assert.True(received.Current.Payload.Span.SequenceEqual(bytes));
        }
    }
}
