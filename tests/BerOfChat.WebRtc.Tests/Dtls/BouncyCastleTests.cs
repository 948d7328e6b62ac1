using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Tests.Dtls.BouncyCastle;
using CipherSuite = Org.BouncyCastle.Tls.CipherSuite;
using NamedGroup = Org.BouncyCastle.Tls.NamedGroup;

namespace BerOfChat.WebRtc.Tests.Dtls;

/// <summary>Our handshake against the one of BouncyCastle, in both roles. That one keeps real time, so these tests wait for its wake-ups.</summary>
public sealed class BouncyCastleTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_connects_with_ours_whatever_it_offers_and_however_datagrams_are_cut_and_shuffled(bool weAreClient)
    {
        foreach (int seed in Seeds.Take(100, 1000))
        {
            Random random = new(seed);
            HandshakeOffer offer = new()
            {
                CipherSuites = random.Next(3) switch
                {
                    0 => [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256],
                    1 => [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384],
                    _ => [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384],
                },
                Groups = random.Next(3) switch { 0 => [NamedGroup.x25519], 1 => [NamedGroup.secp256r1], _ => [NamedGroup.secp256r1, NamedGroup.x25519] },
            };
            using CounterpartPair pair = new(weAreClient, offer, seed, maxDatagram: random.Next(2) == 0 ? 1200 : random.Next(120, 1200)) { Shuffle = random };
            Assert.True(await pair.ConnectAsync(s_patience), $"seed {seed}: we are {pair.Ours.State}, BouncyCastle is {pair.Theirs.State}. {pair.Thrown}");
            Assert.Equal(pair.Ours.CipherSuite, pair.Theirs.CipherSuite);
            pair.AssertCarries();
        }
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(true, 3)]
    [InlineData(true, 4)]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    [InlineData(false, 3)]
    [InlineData(false, 4)]
    public async Task Any_flight_that_is_lost_is_repeated_by_one_of_the_two(bool weAreClient, int lost)
    {
        int flight = 0;
        bool isLost = false;
        using CounterpartPair pair = new(weAreClient, new HandshakeOffer(), seed: 1)
        {
            Intercept = (_, datagrams) =>
            {
                if (++flight != lost) return datagrams;
                isLost = true;
                return [];
            },
        };
        Assert.True(await pair.ConnectAsync(s_patience), $"We are {pair.Ours.State}, BouncyCastle is {pair.Theirs.State}. {pair.Thrown}");
        Assert.True(isLost);
        pair.AssertCarries();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_counterpart_without_extended_master_secret_is_refused(bool weAreClient)
    {
        using CounterpartPair pair = new(weAreClient, new HandshakeOffer { HasExtendedMasterSecret = false }, seed: 1);
        Assert.True(await pair.RunAsync(() => pair.Ours.State == DtlsState.Failed && pair.Theirs.State == DtlsState.Failed, s_patience));
        Assert.Equal(DtlsAlert.HandshakeFailure, pair.OurHandshake.Failure!.Value.Alert);
    }

    [Fact]
    public async Task A_counterpart_that_wants_no_certificate_of_its_client_is_refused()
    {
        using CounterpartPair pair = new(weAreClient: true, new HandshakeOffer { RequestsCertificate = false }, seed: 1);
        Assert.True(await pair.RunAsync(() => pair.Ours.State == DtlsState.Failed && pair.Theirs.State == DtlsState.Failed, s_patience));
        Assert.Equal(DtlsAlert.HandshakeFailure, pair.OurHandshake.Failure!.Value.Alert);
    }
}
