using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Tests.Stun;

/// <summary>RFC 5769 section 2.4: a request with a long-term credential, whose name is not ASCII; and what must not stand in such credentials.</summary>
public sealed class LongTermCredentialTests
{
    private const string Request =
        "000100602112a44278ad3433c6ad72c029da412e"
        + "00060012e3839ee38388e383aae38383e382afe382b90000"
        + "0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700"
        + "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666";

    private const string Name = "マトリックス", Password = "TheMatrIX";

    [Fact]
    public void The_published_request_was_made_with_the_published_credential()
    {
        Assert.True(StunMessage.TryParse(Convert.FromHexString(Request), out StunMessage message));
        Assert.True(LongTermCredential.TryCreate(Name, Password, out LongTermCredential? credential));
        using (credential)
        {
            Assert.True(credential.TryAccept(message, out bool isOtherRealm));
            Assert.True(isOtherRealm);
            Assert.True(message.VerifyIntegrity(credential.Key));
        }
    }

    [Fact]
    public void Ours_is_the_published_request_but_for_the_order_of_its_attributes()
    {
        Assert.True(StunMessage.TryParse(Convert.FromHexString(Request), out StunMessage published));
        Assert.True(LongTermCredential.TryCreate(Name, Password, out LongTermCredential? credential));
        using LongTermCredential held = credential;
        Assert.True(held.TryAccept(published, out _));
        byte[] buffer = new byte[256];
        StunWriter writer = new(buffer, StunMessageType.BindingRequest, published.TransactionId);
        held.Write(ref writer);
        Assert.True(StunMessage.TryParse(buffer.AsSpan(0, writer.Finish(held.Key)), out StunMessage ours));
        foreach (StunAttributeType type in (StunAttributeType[])[StunAttributeType.Username, StunAttributeType.Realm, StunAttributeType.Nonce])
        {
            Assert.True(ours.TryGet(type, out ReadOnlySpan<byte> value) && published.TryGet(type, out ReadOnlySpan<byte> expected) && value.SequenceEqual(expected), $"{type}");
        }

        Assert.True(ours.VerifyIntegrity(held.Key));
    }

    [Fact]
    public void Another_password_or_another_realm_is_another_key()
    {
        Assert.True(StunMessage.TryParse(Convert.FromHexString(Request), out StunMessage message));
        Assert.True(LongTermCredential.TryCreate(Name, "TheMatrix", out LongTermCredential? credential));
        using LongTermCredential held = credential;
        Assert.True(held.TryAccept(message, out _));
        Assert.False(message.VerifyIntegrity(held.Key));
    }

    [Fact]
    public void What_was_disposed_knows_no_key()
    {
        Assert.True(StunMessage.TryParse(Convert.FromHexString(Request), out StunMessage message));
        Assert.True(LongTermCredential.TryCreate(Name, Password, out LongTermCredential? credential));
        Assert.True(credential.TryAccept(message, out _));
        credential.Dispose();
        credential.Dispose();
        Assert.Null(credential.Nonce);
        Assert.Equal(new byte[16], credential.Key.ToArray());
    }

    [Theory]
    [InlineData("plain ASCII, with spaces!", "plain ASCII, with spaces!")]
    [InlineData("no\u00A0break", "no break")]
    [InlineData("ideographic\u3000space", "ideographic space")]
    [InlineData("πß\u00E5", "πß\u00E5")]
    [InlineData("ªⅨ", "ªⅨ")]
    [InlineData("😀", "😀")]
    public void A_text_is_prepared_as_OpaqueString(string text, string expected)
    {
        Assert.True(OpaqueString.TryPrepare(text, out string? prepared));
        Assert.Equal(expected, prepared);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tab\t")]
    [InlineData("\u007F")]
    [InlineData("\u0085é")]
    [InlineData("soft\u00ADhyphen")]
    [InlineData("zero\u200Dwidth")]
    [InlineData("line\u2028end")]
    [InlineData("private\uE000")]
    [InlineData("un\u0378assigned")]
    [InlineData("old\u1100hangul")]
    [InlineData("filler\u3164")]
    [InlineData("variation\uFE0F")]
    public void A_text_that_nobody_can_type_or_see_is_refused(string text) => Assert.False(OpaqueString.TryPrepare(text, out _));

    // Attributes cannot carry half characters.
    [Fact]
    public void Half_a_character_is_refused()
    {
        Assert.False(OpaqueString.TryPrepare("half\uD83D", out _));
        Assert.False(OpaqueString.TryPrepare("\uDE00half", out _));
    }

    /// <summary>Where letters cannot be brought to one form, only letters that come as one character are accepted; see the remark at <c>Unlock.WithPassword</c> of the SDK.</summary>
    [Fact]
    public void Accents_come_as_part_of_their_letters_or_are_joined_with_them()
    {
        bool isPrepared = OpaqueString.TryPrepare("e\u0301", out string? prepared);
        Assert.True(!isPrepared || prepared == "é");
    }
}
