using System.Text;

namespace BerOfChat.Sdk.Tests.Identity;

public sealed class SafetyNumberTests
{
    private static readonly byte[] s_aliceKey = Convert.FromHexString("0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868");
    private static readonly byte[] s_bobKey = Convert.FromHexString("05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b");

    /// <summary>The vector that libsignal publishes for its numeric fingerprint, version 1, 5,200 iterations.</summary>
    [Fact]
    public void The_published_vector_is_reproduced_from_either_side()
    {
        byte[] alice = Encoding.ASCII.GetBytes("+14152222222");
        byte[] bob = Encoding.ASCII.GetBytes("+14153333333");
        const string Expected = "300354477692869396892869876765458257569162576843440918079131";
        Assert.Equal(Expected, SafetyNumber.Compute(s_aliceKey, alice, s_bobKey, bob).Digits);
        Assert.Equal(Expected, SafetyNumber.Compute(s_bobKey, bob, s_aliceKey, alice).Digits);
    }

    [Fact]
    public void Two_peers_see_the_same_number_and_others_another()
    {
        PeerId alice = new(s_aliceKey.AsSpan(1));
        PeerId bob = new(s_bobKey.AsSpan(1));
        SafetyNumber number = SafetyNumber.Between(alice, bob);
        Assert.Equal(number, SafetyNumber.Between(bob, alice));
        Assert.NotEqual(number, SafetyNumber.Between(alice, alice));
        Assert.Equal(SafetyNumber.DigitCount, number.Digits.Length);
        Assert.Matches("^([0-9]{5} ){11}[0-9]{5}$", number.ToString());
    }
}
