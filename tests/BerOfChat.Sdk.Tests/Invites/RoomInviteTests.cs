using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using BerOfChat.Cryptography;
using BerOfChat.Invites;
using BerOfChat.Primitives;
using BerOfChat.Sdk.Tests.Signaling;
using BerOfChat.Simulation;

namespace BerOfChat.Sdk.Tests.Invites;

public sealed class RoomInviteTests
{
    private static readonly string s_text = SignalingVectors.Text("invite");

    [Fact]
    public void The_fields_of_the_vector_are_read()
    {
        RoomInvite invite = RoomInvite.Parse(s_text);
        Assert.Equal(SignalingVectors.Hex("accountKey"), invite.AccountKey.ToArray());
        Assert.Equal(new PeerId(SignalingVectors.Hex("accountKey")), invite.IssuerId);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(29_000_000L * 60), invite.ExpiresAt);
        Assert.Equal(3, invite.Uses);
        Assert.Equal([new Uri("wss://signal.example/berofchat")], invite.SignalingAddresses);
    }

    [Fact]
    public void The_vector_is_written_byte_for_byte()
    {
        using var key = new X25519PrivateKey(SignalingVectors.Hex("invitePrivateKey"));
        RoomInvite invite = RoomInvite.Create(new InviteFields(
            SignalingVectors.Hex("secret"),
            Bytes32.Read(key.PublicKey.Span),
            Bytes32.Read(SignalingVectors.Hex("accountKey")),
            SignalingVectors.Number("expiryMinutes"),
            (byte)SignalingVectors.Number("uses"),
            [new Uri("wss://signal.example/berofchat")]));
        Assert.Equal(s_text, invite.ToString());
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("  {0}\r\n")]
    [InlineData("https://chat.example/join#{1}")]
    [InlineData("https://chat.example/#{1}")]
    [InlineData("BEROFCHAT:JOIN#{1}")]
    [InlineData("{1}")]
    public void Every_usual_form_of_the_text_is_read(string form)
    {
        string payload = s_text[InviteText.Prefix.Length..];
        string text = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, s_text, payload);
        Assert.Equal(RoomInvite.Parse(s_text), RoomInvite.Parse(text));
    }

    [Fact]
    public void Line_breaks_of_a_terminal_or_mail_do_not_matter()
    {
        string wrapped = string.Join("\r\n ", s_text.Chunk(40).Select(line => new string(line)));
        Assert.Equal(RoomInvite.Parse(s_text), RoomInvite.Parse(wrapped));
    }

    [Theory]
    [InlineData("", InviteError.NotAnInvite)]
    [InlineData("hello", InviteError.NotAnInvite)]
    [InlineData("https://example.com/page", InviteError.NotAnInvite)]
    [InlineData("https://example.com/page#section", InviteError.NotAnInvite)]
    [InlineData("berofchat:join#", InviteError.Damaged)]
    [InlineData("berofchat:join#AQAAAQID", InviteError.Damaged)]
    [InlineData("berofchat:join#not!base64", InviteError.Damaged)]
    [InlineData("AQAAAQIDBAUG", InviteError.Damaged)]
    public void Each_cause_is_told_apart(string text, object expected) => Assert.Equal((InviteError)expected, RoomInvite.TryRead(text, out _));

    [Fact]
    public void A_newer_version_or_unknown_flag_is_named_so()
    {
        Assert.Equal(InviteError.UnknownVersion, RoomInvite.TryRead(Changed(bytes => bytes[0] = 2), out _));
        Assert.Equal(InviteError.UnknownVersion, RoomInvite.TryRead(Changed(bytes => bytes[1] = 1), out _));
    }

    [Fact]
    public void An_invitation_whose_key_agrees_with_nobody_is_refused() =>
        Assert.Equal(InviteError.Damaged, RoomInvite.TryRead(Changed(bytes => bytes.AsSpan(34, 32).Clear()), out _));

    [Fact]
    public void What_is_too_long_is_named_so()
    {
        Assert.Equal(InviteError.TooLong, RoomInvite.TryRead(InviteText.Prefix + new string('A', 400), out _));
        Assert.Equal(InviteError.TooLong, RoomInvite.TryRead(new string('A', 5000), out _));
        Assert.Equal(InviteError.TooLong, RoomInvite.TryDecode(new byte[256], out _));
    }

    [Fact]
    public void A_failure_says_what_to_do_and_repeats_no_part_of_the_text()
    {
        string damaged = s_text[..^5];
        BerOfChatException e = Assert.Throws<BerOfChatException>(() => RoomInvite.Parse(damaged));
        Assert.Equal(BerOfChatErrorCode.InviteMalformed, e.ErrorCode);
        Assert.DoesNotContain(damaged[20..40], e.ToString(), StringComparison.Ordinal);
        Assert.False(RoomInvite.TryParse(damaged, out _));
        Assert.False(RoomInvite.TryParse(null, out _));
    }

    [Fact]
    public void Every_flipped_bit_is_refused()
    {
        byte[] bytes = Base64Url.DecodeFromChars(s_text.AsSpan(InviteText.Prefix.Length));
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] changed = [.. bytes];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(InviteError.Damaged, RoomInvite.TryDecode(changed, out _));
        }
    }

    [Fact]
    public void Every_changed_or_lost_character_is_refused()
    {
        for (int i = InviteText.Prefix.Length; i < s_text.Length; i++)
        {
            foreach (char c in "Aa0_-b")
            {
                if (c == s_text[i]) continue;
                string changed = s_text[..i] + c + s_text[(i + 1)..];
                Assert.False(RoomInvite.TryParse(changed, out _), changed);
            }

            Assert.False(RoomInvite.TryParse(s_text.Remove(i, 1), out _));
        }
    }

    [Fact]
    public void An_invitation_has_at_most_255_bytes()
    {
        int room = InviteFormat.MaxSize - InviteFormat.MinSize;
        Uri longest = AddressOf(room - 1);
        Assert.Equal(InviteFormat.MaxSize, Issue(longest).Bytes.Length);
        Assert.Equal(longest, RoomInvite.Parse(Issue(longest).ToString()).SignalingAddresses.Single());
        Assert.Throws<ArgumentException>(() => Issue(AddressOf(room)));
        Assert.Throws<ArgumentException>(() => Issue(AddressOf(room - 20), AddressOf(19)));
        Assert.Throws<ArgumentException>(() => Issue(new Uri("/relative", UriKind.Relative)));
    }

    [Fact]
    public void The_latest_expiry_that_the_format_can_name_does_not_overflow()
    {
        RoomInvite invite = RoomInvite.Parse(Changed(bytes => bytes.AsSpan(98, 4).Fill(0xFF)));
        Assert.Equal(DateTimeOffset.MaxValue, invite.ExpiresAt);
    }

    [Fact]
    public void A_wrong_length_inside_is_refused_even_with_a_right_check()
    {
        Assert.Equal(InviteError.Damaged, RoomInvite.TryRead(Changed(bytes => bytes[103]++), out _));
        Assert.Equal(InviteError.Damaged, RoomInvite.TryRead(Changed(bytes => bytes[103]--), out _));
        Assert.Equal(InviteError.Damaged, RoomInvite.TryRead(Changed(bytes => bytes[104]++), out _));
        Assert.Equal(InviteError.Damaged, RoomInvite.TryRead(Changed(bytes => bytes[104]--), out _));
        Assert.Equal(InviteError.Damaged, RoomInvite.TryRead(Changed(bytes => bytes[105] = 0xFF), out _));
    }

    [Fact]
    public void Equality_is_by_bytes()
    {
        RoomInvite one = RoomInvite.Parse(s_text);
        RoomInvite other = RoomInvite.Parse(s_text);
        RoomInvite different = RoomInvite.Parse(Changed(bytes => bytes[102]++));
        Assert.True(one == other && one.Equals((object)other) && one.GetHashCode() == other.GetHashCode());
        Assert.True(one != different && !one.Equals(null) && one != null);
    }

    [Fact]
    public void A_page_of_the_application_carries_the_invitation_in_its_fragment()
    {
        RoomInvite invite = RoomInvite.Parse(s_text);
        Uri link = invite.ToUri(new Uri("https://chat.example/join?lang=en#old"));
        Assert.StartsWith("https://chat.example/join?lang=en#AQA", link.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(invite, RoomInvite.Parse(link.AbsoluteUri));
        Assert.Throws<ArgumentException>(() => invite.ToUri(new Uri("/join", UriKind.Relative)));
    }

    [Fact]
    public void Random_text_and_bytes_never_throw()
    {
        foreach (int seed in Seeds.Take(50))
        {
            var random = new Random(seed);
            for (int i = 0; i < 200; i++)
            {
                byte[] bytes = new byte[random.Next(300)];
                random.NextBytes(bytes);
                if (bytes.Length > 4 && random.Next(2) == 0) Seal(bytes);
                if (bytes.Length > 2 && random.Next(2) == 0) (bytes[0], bytes[1]) = (1, 0);
                _ = RoomInvite.TryDecode(bytes, out _);
                _ = RoomInvite.TryParse(InviteText.Prefix + Base64Url.EncodeToString(bytes), out _);
                _ = RoomInvite.TryParse(Encoding.Latin1.GetString(bytes), out _);
                _ = RoomInvite.TryParse(s_text[..random.Next(s_text.Length)] + Encoding.Latin1.GetString(bytes), out _);
            }
        }
    }

    private static RoomInvite Issue(params Uri[] addresses)
    {
        using IssuedInvite issued = IssuedInvite.Create(default, DateTimeOffset.UnixEpoch, 1, addresses, new SeededRandomSource(1));
        return issued.Invite;
    }

    private static Uri AddressOf(int length) => new("wss://a.example/" + new string('x', length - "wss://a.example/".Length));

    private static string Changed(Action<byte[]> change)
    {
        byte[] bytes = Base64Url.DecodeFromChars(s_text.AsSpan(InviteText.Prefix.Length));
        change(bytes);
        Seal(bytes);
        return InviteText.Encode(bytes);
    }

    private static void Seal(byte[] bytes) => SHA256.HashData(bytes.AsSpan(0, bytes.Length - 4)).AsSpan(0, 4).CopyTo(bytes.AsSpan(bytes.Length - 4));
}
