using System.Buffers.Text;
using System.Net;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;
using BerOfChat.Signaling;
using BerOfChat.Simulation;
using CsCheck;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>The two codes that people carry.</summary>
public sealed class ManualCodeTests
{
    private static readonly DateTimeOffset s_expiry = new(2026, 1, 1, 12, 10, 0, TimeSpan.Zero);
    private readonly SeededRandomSource _random = new(1);

    [Fact]
    public void What_is_written_is_read()
    {
        using X25519PrivateKey key = X25519PrivateKey.Generate(_random);
        ManualDescription alice = NewDescription("192.168.1.2", "2001:db8::1");
        ManualDescription bob = NewDescription("10.0.0.7");
        using ManualOfferCode offer = NewOffer(key, alice);
        Assert.Equal(ManualCodeError.None, ManualOfferCode.TryParse(offer.Text, out ManualOfferCode? read));
        Assert.Equal((offer.AccountKey, offer.PublicKey, s_expiry), (read!.AccountKey, read.PublicKey, read.ExpiresAt));
        Assert.Equal(offer.Keys.Psk.ToArray(), read.Keys.Psk.ToArray());
        Assert.Equal(alice.ToSdp(true), read.Description.ToSdp(true));
        Assert.Equal(alice.ToCandidates(), read.Description.ToCandidates());

        string answer = ManualAnswerCode.Seal(read, bob, _random);
        Assert.Equal(ManualCodeError.None, ManualAnswerCode.TryOpen(answer, offer, key, out ManualDescription? opened));
        Assert.Equal(bob.ToSdp(false), opened!.ToSdp(false));
        Assert.Equal(bob.ToCandidates(), opened.ToCandidates());
        read.Dispose();
    }

    [Fact]
    public void The_codes_have_the_sizes_that_the_documentation_names()
    {
        using X25519PrivateKey key = X25519PrivateKey.Generate(_random);
        string[] many = [.. Enumerable.Range(1, 9).Select(i => $"192.168.1.{i}"), .. Enumerable.Range(1, 9).Select(i => $"2001:db8::{i}")];
        using ManualOfferCode largest = NewOffer(key, NewDescription(many));
        Assert.Equal(8, largest.Description.Addresses.Count);
        Assert.Equal(362, largest.Text.Length);
        Assert.Equal(293, ManualAnswerCode.Seal(largest, NewDescription(many), _random).Length);
        using ManualOfferCode usual = NewOffer(key, NewDescription("192.168.1.2", "2001:db8::1"));
        Assert.Equal(266, usual.Text.Length);
        Assert.Equal(197, ManualAnswerCode.Seal(usual, NewDescription("192.168.1.2", "2001:db8::1"), _random).Length);

        // ISO/IEC 18004, table 7: bytes in a QR code of level L.
        const int version9 = 230, version10 = 271, version11 = 321, version12 = 367;
        Assert.InRange(largest.Text.Length, version11 + 1, version12);
        Assert.InRange(293, version10 + 1, version11);
        Assert.InRange(usual.Text.Length, version9 + 1, version10);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("  {0}\r\n")]
    [InlineData("{1}")]
    [InlineData("BEROFCHAT:OFFER#{1}")]
    public void Every_usual_form_of_the_text_is_read(string form)
    {
        using X25519PrivateKey key = X25519PrivateKey.Generate(_random);
        using ManualOfferCode offer = NewOffer(key, NewDescription("192.168.1.2"));
        string text = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, offer.Text, offer.Text[ManualCodeText.OfferPrefix.Length..]);
        Assert.Equal(ManualCodeError.None, ManualOfferCode.TryParse(text, out ManualOfferCode? read));
        Assert.Equal(offer.Text, read!.Text);
        string wrapped = string.Join("\r\n ", text.Chunk(30).Select(line => new string(line)));
        Assert.Equal(ManualCodeError.None, ManualOfferCode.TryParse(wrapped, out _));
    }

    [Fact]
    public void Every_cause_is_told_apart()
    {
        using X25519PrivateKey key = X25519PrivateKey.Generate(_random);
        using ManualOfferCode offer = NewOffer(key, NewDescription("192.168.1.2"));
        using ManualOfferCode other = NewOffer(key, NewDescription("192.168.1.2"));
        string answer = ManualAnswerCode.Seal(offer, NewDescription("192.168.1.3"), _random);
        string invite = SignalingVectors.Text("invite");

        (string Text, ManualCodeError AsOffer, ManualCodeError AsAnswer)[] cases =
        [
            ("", ManualCodeError.NotACode, ManualCodeError.NotACode),
            ("hello", ManualCodeError.NotACode, ManualCodeError.NotACode),
            ("https://example.com/page#section", ManualCodeError.NotACode, ManualCodeError.NotACode),
            (new string('A', 5000), ManualCodeError.NotACode, ManualCodeError.NotACode),
            ("berofchat:offer#", ManualCodeError.Damaged, ManualCodeError.Damaged),
            ("berofchat:answer#not!base64", ManualCodeError.Damaged, ManualCodeError.Damaged),
            (offer.Text[..^4], ManualCodeError.Damaged, ManualCodeError.Damaged),
            (answer[..^4], ManualCodeError.Damaged, ManualCodeError.Damaged),
            (invite, ManualCodeError.Invitation, ManualCodeError.Invitation),
            (invite[15..], ManualCodeError.Invitation, ManualCodeError.Invitation),
            (offer.Text, ManualCodeError.None, ManualCodeError.IsOffer),
            (answer, ManualCodeError.IsAnswer, ManualCodeError.None),
            (ManualAnswerCode.Seal(other, NewDescription("192.168.1.3"), _random), ManualCodeError.IsAnswer, ManualCodeError.OtherOffer),
            (Rewritten(offer.Text, bytes => bytes[0] = 2), ManualCodeError.UnknownVersion, ManualCodeError.UnknownVersion),
            (Rewritten(offer.Text, bytes => bytes.AsSpan(34, 32).Clear()), ManualCodeError.Damaged, ManualCodeError.IsOffer),
            (Rewritten(answer, bytes => bytes[50] ^= 1), ManualCodeError.IsAnswer, ManualCodeError.OtherOffer),
        ];
        foreach ((string text, ManualCodeError asOffer, ManualCodeError asAnswer) in cases)
        {
            Assert.Equal(asOffer, ManualOfferCode.TryParse(text, out ManualOfferCode? read));
            Assert.Equal(asOffer == ManualCodeError.None, read is not null);
            read?.Dispose();
            Assert.Equal(asAnswer, ManualAnswerCode.TryOpen(text, offer, key, out ManualDescription? opened));
            Assert.Equal(asAnswer == ManualCodeError.None, opened is not null);
        }
    }

    [Fact]
    public void Every_error_has_its_own_text_and_repeats_nothing()
    {
        string[] texts = [.. Enum.GetValues<ManualCodeError>().Where(error => error != ManualCodeError.None).Select(error => error.ToException().Message)];
        Assert.Equal(texts.Length, texts.Distinct().Count());
    }

    [Fact]
    public void A_code_given_as_an_invitation_is_called_by_its_name()
    {
        using X25519PrivateKey key = X25519PrivateKey.Generate(_random);
        using ManualOfferCode offer = NewOffer(key, NewDescription("192.168.1.2"));
        string answer = ManualAnswerCode.Seal(offer, NewDescription("192.168.1.3"), _random);
        string[] texts = [offer.Text, answer, offer.Text[16..], answer[17..], offer.Text[..^9]];
        foreach (string text in texts)
        {
            BerOfChatException e = Assert.Throws<BerOfChatException>(() => RoomInvite.Parse(text));
            Assert.Equal(BerOfChatErrorCode.InviteMalformed, e.ErrorCode);
            Assert.Contains("code for connecting by hand", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Nobody_but_the_issuer_reads_an_answer()
    {
        using X25519PrivateKey key = X25519PrivateKey.Generate(_random);
        using X25519PrivateKey eavesdropper = X25519PrivateKey.Generate(_random);
        using ManualOfferCode offer = NewOffer(key, NewDescription("192.168.1.2"));
        ManualDescription bob = NewDescription("10.9.8.7");
        string answer = ManualAnswerCode.Seal(offer, bob, _random);
        Assert.Equal(ManualCodeError.OtherOffer, ManualAnswerCode.TryOpen(answer, offer, eavesdropper, out _));

        byte[] bytes = Base64Url.DecodeFromChars(answer.AsSpan(ManualCodeText.AnswerPrefix.Length));
        byte[] plain = new byte[bob.Size];
        var writer = new SpanWriter(plain);
        bob.Write(ref writer);
        for (int i = 0; i + 4 <= plain.Length; i++) Assert.Equal(-1, bytes.AsSpan().IndexOf(plain.AsSpan(i, 4)));
        Assert.NotEqual(answer, ManualAnswerCode.Seal(offer, bob, _random));
    }

    [Fact]
    public void Every_changed_or_lost_character_is_refused()
    {
        using X25519PrivateKey key = X25519PrivateKey.Generate(_random);
        using ManualOfferCode offer = NewOffer(key, NewDescription("192.168.1.2"));
        string answer = ManualAnswerCode.Seal(offer, NewDescription("192.168.1.3"), _random);
        foreach (string text in new[] { offer.Text, answer })
        {
            for (int i = text.IndexOf('#', StringComparison.Ordinal) + 1; i < text.Length; i++)
            {
                string changed = text[..i] + (text[i] == 'A' ? 'B' : 'A') + text[(i + 1)..];
                foreach (string wrong in new[] { changed, text.Remove(i, 1) })
                {
                    Assert.NotEqual(ManualCodeError.None, ManualOfferCode.TryParse(wrong, out _));
                    Assert.NotEqual(ManualCodeError.None, ManualAnswerCode.TryOpen(wrong, offer, key, out _));
                }
            }
        }
    }

    [Fact]
    public void Random_texts_and_bytes_never_throw()
    {
        using X25519PrivateKey key = X25519PrivateKey.Generate(_random);
        using ManualOfferCode offer = NewOffer(key, NewDescription("192.168.1.2"));
        Gen.String[0, 400].Sample(text => Try(text), iter: 5_000);
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Bool, Gen.Bool).Sample((bytes, isOffer, isWhole) =>
        {
            if (isWhole && bytes.Length > 6)
            {
                (bytes[0], bytes[1]) = (1, isOffer ? ManualCodeText.OfferKind : ManualCodeText.AnswerKind);
                ManualCodeText.WriteCheck(bytes);
            }

            Try((isOffer ? ManualCodeText.OfferPrefix : ManualCodeText.AnswerPrefix) + Base64Url.EncodeToString(bytes));
            ManualDescription.TryRead(bytes, out _);
        }, iter: 5_000);

        void Try(string text)
        {
            if (ManualOfferCode.TryParse(text, out ManualOfferCode? read) == ManualCodeError.None) Assert.Equal(read!.Text.Length, text.Length);
            Assert.NotEqual(ManualCodeError.None, ManualAnswerCode.TryOpen(text, offer, key, out _));
            _ = RoomInvite.TryParse(text, out _);
        }
    }

    [Fact]
    public void Every_description_comes_back_as_it_was() =>
        Gen.Select(Gen.Byte.Array[56], Gen.Int[0, 4], Gen.Int[0, 4], Gen.Byte.Array[96]).Sample((secrets, v4, v6, addresses) =>
        {
            byte[] bytes = [.. secrets, (byte)((v4 << 4) | v6), .. addresses.AsSpan(0, (v4 * 6) + (v6 * 18))];
            Assert.True(ManualDescription.TryRead(bytes, out ManualDescription? description));
            byte[] written = new byte[description.Size];
            var writer = new SpanWriter(written);
            description.Write(ref writer);
            Assert.Equal(bytes, written);
        }, iter: 1_000);

    private static string Rewritten(string text, Action<byte[]> change)
    {
        int start = text.IndexOf('#', StringComparison.Ordinal) + 1;
        byte[] bytes = Base64Url.DecodeFromChars(text.AsSpan(start));
        change(bytes);
        ManualCodeText.WriteCheck(bytes);
        return text[..start] + Base64Url.EncodeToString(bytes);
    }

    private ManualOfferCode NewOffer(X25519PrivateKey key, ManualDescription description)
    {
        byte[] account = new byte[32];
        _random.Fill(account);
        return ManualOfferCode.Create(Bytes32.Read(account), Bytes32.Read(key.PublicKey.Span), s_expiry, description, _random);
    }

    private ManualDescription NewDescription(params string[] addresses)
    {
        byte[] bytes = new byte[56];
        _random.Fill(bytes);
        string sdp = $"a=ice-ufrag:{Convert.ToBase64String(bytes.AsSpan(0, 6))}\r\na=ice-pwd:{Convert.ToBase64String(bytes.AsSpan(6, 18))}\r\n"
            + $"a=fingerprint:sha-256 {string.Join(':', bytes.Skip(24).Select(b => b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)))}\r\n";
        IEnumerable<string> candidates = addresses.Select((address, i) => $"candidate:1 1 udp {2_000_000 - i} {IPAddress.Parse(address)} {5000 + i} typ host");
        Assert.True(ManualDescription.TryCreate(sdp, candidates, out ManualDescription? description));
        return description;
    }
}
