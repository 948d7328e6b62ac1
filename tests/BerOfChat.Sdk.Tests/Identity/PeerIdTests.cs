namespace BerOfChat.Sdk.Tests.Identity;

public sealed class PeerIdTests
{
    private static readonly byte[] s_key = [.. Enumerable.Range(1, 32).Select(i => (byte)(i * 7))];

    [Fact]
    public void The_text_form_is_read_back()
    {
        PeerId id = new(s_key);
        string text = id.ToString();
        Assert.StartsWith("boc1", text, StringComparison.Ordinal);
        Assert.Equal(62, text.Length);
        Assert.Equal(id, PeerId.Parse(text));
    }

    [Fact]
    public void Upper_case_is_accepted_and_mixed_case_is_not()
    {
        PeerId id = new(s_key);
        Assert.Equal(id, PeerId.Parse(id.ToString().ToUpperInvariant()));
        Assert.False(PeerId.TryParse("BOC1" + id.ToString()[4..], out _));
    }

    [Fact]
    public void Every_wrong_character_is_found()
    {
        string text = new PeerId(s_key).ToString();
        for (int i = 0; i < text.Length; i++)
        {
            foreach (char wrong in "qpzry9x8gf2tvdw0s3jn54khce6mua7l1b!")
            {
                if (wrong == text[i]) continue;
                Assert.False(PeerId.TryParse(text[..i] + wrong + text[(i + 1)..], out _), $"{wrong} at {i}");
            }
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("boc1")]
    [InlineData("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx")]
    public void Another_text_is_refused(string? text)
    {
        Assert.False(PeerId.TryParse(text, out _));
        if (text is not null) Assert.Throws<FormatException>(() => PeerId.Parse(text));
    }

    [Fact]
    public void Another_length_or_prefix_is_refused_although_its_checksum_is_right()
    {
        Assert.False(PeerId.TryParse(Primitives.Bech32m.Encode("boc", s_key.AsSpan(1)), out _));
        Assert.False(PeerId.TryParse(Primitives.Bech32m.Encode("boc", [.. s_key, 0]), out _));
        Assert.False(PeerId.TryParse(Primitives.Bech32m.Encode("bod", s_key), out _));
    }
}
