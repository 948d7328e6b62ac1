using System.Security.Cryptography;
using System.Text;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.WebRtc.Tests.Dtls;

/// <summary>Published vectors of what the handshake derives keys with.</summary>
public sealed class KeyDerivationTests
{
    /// <summary>The vectors for the PRF of TLS 1.2 that were published on the mailing list of the working group, and that every stack tests with: hash, secret, seed, label, output.</summary>
    public static TheoryData<string, string, string, string, string> Vectors => new()
    {
        {
            "SHA256", "9bbe436ba940f017b17652849a71db35", "a0ba9f936cda311827a6f796ffd5198c", "test label",
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66"
        },
        {
            "SHA384", "b80b733d6ceefcdc71566ea48e5567df", "cd665cf6a8447dd6ff8b27555edb7465", "test label",
            "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void The_pseudorandom_function_gives_what_is_published(string hash, string secret, string seed, string label, string expected)
    {
        byte[] seedBytes = Convert.FromHexString(seed);
        byte[] output = new byte[expected.Length / 2];
        TlsPrf.Expand(new HashAlgorithmName(hash), Convert.FromHexString(secret), Encoding.ASCII.GetBytes(label), seedBytes.AsSpan(0, 5), seedBytes.AsSpan(5), output);
        Assert.Equal(expected, Convert.ToHexStringLower(output));
    }

    [Fact]
    public void X25519_agrees_as_section_6_1_of_RFC_7748_says()
    {
        using X25519EphemeralKey alice = new(new FixedBytes("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
        using X25519EphemeralKey bob = new(new FixedBytes("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
        Assert.Equal("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", Convert.ToHexStringLower(alice.PublicKey.Span));
        byte[] ofAlice = new byte[EphemeralKey.SharedSecretSize], ofBob = new byte[EphemeralKey.SharedSecretSize];
        Assert.True(alice.TryAgree(bob.PublicKey.Span, ofAlice));
        Assert.True(bob.TryAgree(alice.PublicKey.Span, ofBob));
        Assert.Equal("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", Convert.ToHexStringLower(ofAlice));
        Assert.Equal(ofAlice, ofBob);
    }

    /// <summary>Every point whose multiple is zero for any key (https://cr.yp.to/ecdh.html#validate), and what is no point.</summary>
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("")]
    [InlineData("09000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("090000000000000000000000000000000000000000000000000000000000000000")]
    public void X25519_agrees_on_nothing_that_everybody_knows(string point)
    {
        using EphemeralKey key = EphemeralKey.Create(NamedGroup.X25519, CryptographicRandomSource.Instance);
        Assert.False(key.TryAgree(Convert.FromHexString(point), new byte[EphemeralKey.SharedSecretSize]));
    }

    [Fact]
    public void A_key_that_was_disposed_agrees_on_nothing()
    {
        foreach (NamedGroup group in new[] { NamedGroup.X25519, NamedGroup.Secp256r1 })
        {
            using EphemeralKey key = EphemeralKey.Create(group, CryptographicRandomSource.Instance), other = EphemeralKey.Create(group, CryptographicRandomSource.Instance);
            key.Dispose();
            key.Dispose();
            Assert.Throws<ObjectDisposedException>(() => key.TryAgree(other.PublicKey.Span, new byte[EphemeralKey.SharedSecretSize]));
        }
    }

    private sealed class FixedBytes(string bytes) : IRandomSource
    {
        public void Fill(Span<byte> destination) => Convert.FromHexString(bytes).CopyTo(destination);
    }
}
