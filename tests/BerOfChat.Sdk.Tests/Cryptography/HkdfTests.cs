using BerOfChat.Cryptography;

namespace BerOfChat.Sdk.Tests.Cryptography;

public sealed class HkdfTests
{
    /// <summary>RFC 5869, appendix A.1.</summary>
    [Fact]
    public void The_first_vector_of_rfc_5869_is_reproduced()
    {
        byte[] output = new byte[42];
        Hkdf.DeriveKey(
            Convert.FromHexString("000102030405060708090a0b0c"),
            Convert.FromHexString("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
            Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9"),
            output);
        Assert.Equal("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865", Convert.ToHexStringLower(output));
    }
}
