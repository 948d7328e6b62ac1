using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Tests.Stun;

/// <summary>The test vectors of RFC 5769, sections 2.1 to 2.3.</summary>
public sealed class Rfc5769Tests
{
    private const string Request =
        "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36"
        + "000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";

    private const string ResponseIPv4 =
        "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643"
        + "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";

    private const string ResponseIPv6 =
        "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
        + "00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";

    private static readonly byte[] s_password = "VOkJxbRl1RmTxUk/WvJxBt"u8.ToArray();

    [Theory]
    [InlineData(Request)]
    [InlineData(ResponseIPv4)]
    [InlineData(ResponseIPv6)]
    public void Integrity_and_fingerprint_hold(string vector)
    {
        Assert.True(StunMessage.TryParse(Convert.FromHexString(vector), out StunMessage message));
        Assert.True(message.HasFingerprint);
        Assert.True(message.VerifyIntegrity(s_password));
        Assert.False(message.VerifyIntegrity("another password of ours"u8));
    }

    [Fact]
    public void The_request_carries_its_attributes()
    {
        Assert.True(StunMessage.TryParse(Convert.FromHexString(Request), out StunMessage message));
        Assert.Equal(StunMessageType.BindingRequest, message.Type);
        Assert.True(message.TryGet(StunAttributeType.Username, out ReadOnlySpan<byte> name));
        Assert.True(name.SequenceEqual("evtj:h6vY"u8));
        Assert.True(message.TryGetUInt32(StunAttributeType.Priority, out uint priority));
        Assert.Equal(0x6e0001ffu, priority);
        Assert.True(message.TryGetUInt64(StunAttributeType.IceControlled, out ulong tieBreaker));
        Assert.Equal(0x932ff9b151263b36u, tieBreaker);
        Assert.False(message.TryFindUnknownRequired(out _));
    }

    [Theory]
    [InlineData(ResponseIPv4, "192.0.2.1")]
    [InlineData(ResponseIPv6, "2001:db8:1234:5678:11:2233:4455:6677")]
    public void The_responses_carry_the_address(string vector, string address)
    {
        Assert.True(StunMessage.TryParse(Convert.FromHexString(vector), out StunMessage message));
        Assert.True(XorAddress.TryRead(message, StunAttributeType.XorMappedAddress, out TransportAddress mapped));
        Assert.True(TransportAddress.TryParse(address, "32853", out TransportAddress expected));
        Assert.Equal(expected, mapped);
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_noticed()
    {
        byte[] vector = Convert.FromHexString(Request);
        for (int bit = 0; bit < vector.Length * 8; bit++)
        {
            byte[] altered = [.. vector];
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            bool accepted = StunMessage.TryParse(altered, out StunMessage message) && message.HasFingerprint && message.VerifyIntegrity(s_password);
            Assert.False(accepted, $"bit {bit}");
        }
    }

    [Fact]
    public void Random_bytes_behind_a_header_never_throw()
    {
        Random random = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[StunMessage.HeaderSize + (4 * random.Next(20))];
            random.NextBytes(bytes);
            Convert.FromHexString(Request).AsSpan(0, 8).CopyTo(bytes);
            bytes[2] = 0;
            bytes[3] = (byte)(bytes.Length - StunMessage.HeaderSize);
            if (!StunMessage.TryParse(bytes, out StunMessage message)) continue;
            message.TryFindUnknownRequired(out _);
            message.TryGetErrorCode(out _);
            XorAddress.TryRead(message, StunAttributeType.XorMappedAddress, out _);
            Assert.False(message.VerifyIntegrity(s_password));
        }
    }
}
