using BerOfChat.Primitives;

namespace BerOfChat.Sdk.Tests.Identity;

/// <summary>BIP-350, "Test vectors for Bech32m".</summary>
public sealed class Bech32mTests
{
    [Theory]
    [InlineData("A1LQFN3A")]
    [InlineData("a1lqfn3a")]
    [InlineData("an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6")]
    [InlineData("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx")]
    [InlineData("11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8")]
    [InlineData("split1checkupstagehandshakeupstreamerranterredcaperredlc445v")]
    [InlineData("?1v759aa")]
    public void A_valid_text_is_read(string text) => Assert.True(Bech32m.TryDecode(text, out _, out _));

    [Theory]
    [InlineData("\u00201xj0phk")]
    [InlineData("\u007f1g6xzxy")]
    [InlineData("\u00801vctc34")]
    [InlineData("an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4")]
    [InlineData("qyrz8wqd2c9m")]
    [InlineData("1qyrz8wqd2c9m")]
    [InlineData("y1b0jsk6g")]
    [InlineData("lt1igcx5c0")]
    [InlineData("in1muywd")]
    [InlineData("mm1crxm3i")]
    [InlineData("au1s5cgom")]
    [InlineData("M1VUXWEZ")]
    [InlineData("16plkw9")]
    [InlineData("1p2gdwpf")]
    [InlineData("")]
    [InlineData("abcdef1L7AUM6ECHK45NJ3S0WDVT2FG8X9YRZPQZD3RYX")]
    public void An_invalid_text_is_refused(string text) => Assert.False(Bech32m.TryDecode(text, out _, out _));

    [Fact]
    public void The_groups_of_a_vector_are_read_as_the_bip_says()
    {
        Assert.True(Bech32m.TryDecode("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx", out string? prefix, out byte[]? values));
        Assert.Equal("abcdef", prefix);
        Assert.Equal(Enumerable.Range(0, 32).Reverse().Select(i => (byte)i), values);
    }

    [Fact]
    public void What_was_written_is_read_back()
    {
        for (int length = 0; length <= 45; length++)
        {
            byte[] data = [.. Enumerable.Range(0, length).Select(i => (byte)(((i * 37) + length) % 256))];
            string text = Bech32m.Encode("boc", data);
            byte[] back = new byte[length];
            Assert.True(Bech32m.TryDecode(text, out string? prefix, out byte[]? values) && Bech32m.TryJoin(values, back));
            Assert.Equal("boc", prefix);
            Assert.Equal(data, back);
        }
    }
}
