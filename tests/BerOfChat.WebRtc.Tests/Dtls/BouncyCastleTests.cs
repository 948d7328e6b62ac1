using BerOfChat.Simulation;
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
}
